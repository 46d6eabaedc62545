class Items(list):
    __slots__ = ("name",)
