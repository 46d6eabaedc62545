class Box:
    def __init__(self):
        self.size = 1
        self.kind = "old"
        self.k = 2


class Narrow:
    __slots__ = ("size",)

    def __init__(self):
        self.size = 1
