class Plain:
    def __init__(self):
        self.timeout = 30
        self.other = [1]

    def look(self):
        return self.timeout


class Slotted:
    __slots__ = ("other", "timeout")

    def __init__(self):
        self.timeout = 30
        self.other = [1]

    def look(self):
        return self.timeout


PLAIN, SLOTTED = Plain(), Slotted()
