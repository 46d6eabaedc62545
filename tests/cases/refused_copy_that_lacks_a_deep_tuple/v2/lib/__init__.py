def deep(n):
    value = ()
    for _ in range(n):
        value = (value,)
    return value


DEFAULTS = {
    "host": "a host",
    "port": "a port",
    "path": "a path",
    "user": "a user",
    "name": "a name",
    "mode": "a mode",
}
DEFAULTS["deep"] = deep(200_000)
