class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def total(self):
        return self.x + sum(self.y) + 1
