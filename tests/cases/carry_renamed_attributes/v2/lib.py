class Config:
    def __init__(self):
        self.limit = 30
        self.names = []
        self.plain = 1

    def look(self):
        return self.limit, self.names


class Slotted:
    __slots__ = ("limit",)

    def __init__(self):
        self.limit = 30


CONFIG = Config()
SLOTTED = Slotted()
UNTOUCHED = Config()
