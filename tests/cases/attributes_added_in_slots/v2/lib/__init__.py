class C:
    __slots__ = ("a", "b", "__weakref__")

    def __init__(self, a):
        self.a = a
        self.b = []

    def all(self):
        self.b.append(self.a)
        return self.b


class WithDict(C):
    def __init__(self, a):
        super().__init__(a)
        self.more = {}
