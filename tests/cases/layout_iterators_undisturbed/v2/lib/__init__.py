class List(list):
    __slots__ = ("more",)
    note = "new"


class Dict(dict):
    __slots__ = ("more",)
    note = "new"


class Set(set):
    __slots__ = ("more",)
    note = "new"


class Key:
    def __init__(self, n):
        self.n = n
