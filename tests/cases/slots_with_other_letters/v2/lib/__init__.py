class Thing:
    __slots__ = ("größe", "länge", "__dict__")

    def __init__(self):
        self.größe = 1
        self.länge = 7

    def all(self):
        return self.größe, self.länge


class Table:
    __slots__ = ("größe", "x", "日本", "x2")

    def __init__(self):
        self.größe = 9
        self.x = None
        self.日本 = 2
        self.x2 = 2


TABLE = Table()
