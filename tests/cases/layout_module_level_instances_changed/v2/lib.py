class Options:
    def __init__(self, name):
        self.name = name
        self.n = 0

    def twice(self):
        return self.n * 2


class Wide:
    __slots__ = ("n", "name", "more", "__weakref__")

    def __init__(self, name):
        self.name = name
        self.n = 0
        self.more = []


class Bag(dict):
    __slots__ = ("note", "extra", "label")

    def __init__(self, label):
        self.label = label
        self.note = "new"
        self.extra = 1


DEFAULT = Options("default")
DEFAULT.comes = current_name = "comes"
TABLE = {"a": Options("a"), "b": Options("b")}
WIDE = Wide("wide")
OTHER = WIDE
BAG = Bag("bag")
BAG["new"] = 1


def current(given=DEFAULT):
    return given
