class Counter:
    def __init__(self):
        self.total = 0

    def hit(self, n=1):
        self.total += n

    def get(self):
        return int(self.total)
