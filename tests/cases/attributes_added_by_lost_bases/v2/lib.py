class Base:
    def __init__(self):
        self.a = 1
        self.added = 3


class Part:
    def __init__(self):
        self.b = 2

    def look(self):
        return self.b
