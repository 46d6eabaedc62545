DEBUG = False
OPTIONS = {"a": 1}
handler = None
BACKEND = "memory"


class Backend:
    pass


DEFAULT = Backend()


def current():
    return DEBUG, OPTIONS, handler, BACKEND, DEFAULT
