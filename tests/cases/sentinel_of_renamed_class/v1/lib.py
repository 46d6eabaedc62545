missing = type("MissingType", (), {"__repr__": lambda self: "missing"})()


def look_up(table, name):
    return table.get(name, missing)


def compile_template():
    space = {"missing": missing}
    exec("def render(value, missing=missing):\n    return '?' if value is missing else value\n", space)
    return space["render"]
