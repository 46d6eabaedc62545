import collections

Row = collections.namedtuple("Row", "a b c", defaults=[3])


class Thing:
    __slots__ = ("b", "c", "a")

    def __init__(self, a, b):
        self.a, self.b = a, b
