class Thing:
    __slots__ = ("n", "__weakref__")

    def __init__(self, n):
        self.n = n

    def number(self):
        return self.n
