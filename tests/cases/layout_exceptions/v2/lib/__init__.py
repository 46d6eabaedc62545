class Error(ValueError):
    pass


class Detailed(Error):
    __slots__ = ("extra", "more")


class System(OSError):
    __slots__ = ("more",)


def fail(text):
    raise Error(text)
