class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def total(self):
        return self.x + (self.y[0] if isinstance(self.y, list) else self.y) + 2
