class Item:
    __slots__ = ("n", "added")

    def __init__(self, n):
        self.n = n
        self.added = None


class Slotted:
    __slots__ = ("a", "b", "c")

    def __init__(self):
        self.a = 1

    def more(self):
        return self.a, self.b


ONE = Slotted()
ONE.b = "set"
ITEMS = [Item(1), Item(3), Item(2)]
