n = 2


class C:
    def __init__(self):
        self.y, self.x = 20, 10

    def m(self):
        return n
