class Error(Exception):
    pass


class Detailed(Error):
    pass


class System(OSError):
    pass


def fail(text):
    raise Error(text)
