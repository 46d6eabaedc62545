class A:
    def __init__(self):
        self.a, self.b, self.c = 1, 2, 3
        self.more = []

    def all(self):
        return self.a, self.b, self.c, self.more


B = A


class C:
    __slots__ = ("x", "y", "z")


D = C
