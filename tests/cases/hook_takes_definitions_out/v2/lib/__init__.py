def helper():
    return 2


class Other:
    pass


class Thing:
    def __init__(self):
        self.f = None
        self.c = None

    def __upgrade__(self, change):
        self.f = 5
        self.c = {helper: 1}
        del self.o


class Slotted:
    __slots__ = ("f", "c")

    def __init__(self):
        self.f = helper
        self.c = Other

    def __upgrade__(self, change):
        self.f = 5
        self.c = [self.c]


class Grown(Slotted):
    __slots__ = ("more",)

    def __upgrade__(self, change):
        self.more = self.c
        super().__upgrade__(change)
