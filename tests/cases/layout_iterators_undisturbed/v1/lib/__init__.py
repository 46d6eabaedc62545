class List(list):
    note = "old"


class Dict(dict):
    note = "old"


class Set(set):
    note = "old"


class Key:
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n
