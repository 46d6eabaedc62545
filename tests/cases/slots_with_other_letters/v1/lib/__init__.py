class Thing:
    __slots__ = ("größe", "__dict__")

    def __init__(self):
        self.größe = 1


    def all(self):
        return self.größe, self.länge


class Table:
    __slots__ = ("größe", "x", "日本", "x2")

    def __init__(self):
        self.größe = 8
        self.x = None
        self.日本 = 1
        self.x2 = 1


TABLE = Table()
