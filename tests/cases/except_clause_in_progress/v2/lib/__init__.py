class Error(Exception):
    code = 2


class Special(Error):
    pass


def fail(kind=Special):
    local = [kind, fail]
    raise kind("2", len(local))
