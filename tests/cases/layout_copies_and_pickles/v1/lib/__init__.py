import collections

Row = collections.namedtuple("Row", "a b")


class Thing:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b
