class Error(Exception):
    code = 1


class Special(Error):
    pass


def fail(kind=Special):
    local = [kind, fail]
    raise kind("1", len(local))
