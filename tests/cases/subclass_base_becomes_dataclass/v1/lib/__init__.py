class Point:
    def __init__(self, x, y=0):
        self.x = x
        self.y = y

    def shifted(self):
        return type(self)(self.x + 1, self.y)
