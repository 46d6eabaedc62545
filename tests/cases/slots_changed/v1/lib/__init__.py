class Plain:
    def m(self):
        return 1


class C:
    __slots__ = ("a",)
