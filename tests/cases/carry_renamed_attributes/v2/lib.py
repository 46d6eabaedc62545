class Config:
    def __init__(self):
        self.read_timeout = 30
        self.names = []
        self.plain = 1

    def look(self):
        return self.read_timeout, self.names


class Slotted:
    __slots__ = ("read_timeout",)

    def __init__(self):
        self.read_timeout = 30


CONFIG = Config()
SLOTTED = Slotted()
UNTOUCHED = Config()
