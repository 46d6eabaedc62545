class Options:
    __slots__ = ("name", "n", "unset")

    def __init__(self, name):
        self.name = name
        self.n = 0


class Wide:
    def __init__(self, name):
        self.name = name
        self.n = 0
        self.gone = 1


class Bag(dict):
    __slots__ = ("label", "note")

    def __init__(self, label):
        self.label = label
        self.note = "old"


DEFAULT = Options("default")
TABLE = {"a": Options("a")}
WIDE = Wide("wide")
BAG = Bag("bag")


def current(given=DEFAULT):
    return given
