class Config:
    def __init__(self):
        self.timeout = 30
        self.hosts = []
        self.plain = 1


class Slotted:
    __slots__ = ("timeout",)

    def __init__(self):
        self.timeout = 30


CONFIG = Config()
SLOTTED = Slotted()
UNTOUCHED = Config()
