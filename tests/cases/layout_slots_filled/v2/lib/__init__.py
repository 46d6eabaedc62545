class Slotted:
    __slots__ = ("n", "tags", "limit")

    def __init__(self, n):
        self.n = n
        self.tags = []
        self.limit = 5

    def all(self):
        return [self.n, *self.tags, self.limit]


class Gains(Slotted):
    __slots__ = ("__dict__",)


class Loses:
    def __init__(self, n):
        self.n = n
        self.tags = []
        self.limit = 5

    def all(self):
        return [self.n, *self.tags, self.limit]
