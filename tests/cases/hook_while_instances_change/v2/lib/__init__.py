class Counter:
    def __init__(self):
        self.n = 0
        self.doubled = 0

    def __upgrade__(self, change):
        self.doubled = self.n * 2

    def add(self):
        self.n += 1
        self.doubled += 2
        assert self.doubled == 2 * self.n, (self.doubled, self.n)
