class Items(list):
    __slots__ = ()
