class Plain:
    def __init__(self):
        self.read_timeout = 30
        self.other = [1]

    def look(self):
        return self.read_timeout


class Slotted:
    __slots__ = ("other", "read_timeout")

    def __init__(self):
        self.read_timeout = 30
        self.other = [1]

    def look(self):
        return self.read_timeout


PLAIN, SLOTTED = Plain(), Slotted()
