class Base:
    __slots__ = ("x", "y")

    def __init__(self, x, y=2):
        self.x = x
        self.y = y

    def total(self):
        return 100 + self.x + self.y
