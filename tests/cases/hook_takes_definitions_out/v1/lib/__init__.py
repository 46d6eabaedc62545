def helper():
    return 1


class Other:
    pass


class Thing:
    def __init__(self):
        self.f = helper
        self.c = Other
        self.o = Other()


class Slotted:
    __slots__ = ("f", "c")

    def __init__(self):
        self.f = helper
        self.c = Other


class Grown(Slotted):
    __slots__ = ()
