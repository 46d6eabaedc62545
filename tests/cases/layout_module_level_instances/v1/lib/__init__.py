class Options:
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


DEFAULT = Options("default")


def current(given=DEFAULT):
    return given


def make():
    return Options("made")
