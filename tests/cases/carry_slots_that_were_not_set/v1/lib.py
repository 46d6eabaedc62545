class Item:
    def __init__(self, n):
        self.n = n


class Slotted:
    __slots__ = ("a", "b", "c")

    def __init__(self):
        self.a = 1


ONE = Slotted()
ITEMS = [Item(1), Item(2)]
