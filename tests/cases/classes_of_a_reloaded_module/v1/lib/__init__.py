n = 1


class C:
    def __init__(self):
        self.x, self.y = 1, 2

    def m(self):
        return n
