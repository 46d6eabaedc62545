class Num(int):
    pass


class Slotted:
    __slots__ = ("a",)
