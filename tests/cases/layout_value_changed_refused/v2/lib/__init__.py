class Num(float):
    pass


class Slotted:
    __slots__ = ("a", "b")
