class A:
    def __init__(self):
        self.a, self.b, self.c = 1, 2, 3


class B:
    def __init__(self):
        self.c, self.b, self.a = 30, 20, 10


class C:
    __slots__ = ("x", "y")


class D:
    __slots__ = ("y", "x")
