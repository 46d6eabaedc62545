DEBUG = False
OPTIONS = {"a": 1}
handler = None
BACKEND = "memory"


class Backend:
    kind = 2


DEFAULT = Backend()


def current():
    return "v2", DEBUG, OPTIONS, handler, BACKEND, DEFAULT
