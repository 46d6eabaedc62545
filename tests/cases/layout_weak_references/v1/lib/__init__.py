class Thing:
    def __init__(self, n):
        self.n = n

    def number(self):
        return self.n
