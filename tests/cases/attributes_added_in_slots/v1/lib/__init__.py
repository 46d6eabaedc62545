class C:
    __slots__ = ("a", "b", "__weakref__")

    def __init__(self, a):
        self.a = a


class WithDict(C):
    pass
