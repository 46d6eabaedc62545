class Thing:
    __slots__ = ("n", "old")

    def __init__(self, n):
        self.n, self.old = n, 7


class Plain:
    __slots__ = ("n", "old")

    def __init__(self, n):
        self.n, self.old = n, 7
