class Plain:
    def m(self):
        return 2


class C:
    __slots__ = ("a", "b")
