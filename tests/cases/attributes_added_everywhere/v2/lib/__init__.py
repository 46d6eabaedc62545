class C:
    def __init__(self, n):
        self.n = n
        self.items = []

    def add(self):
        self.items.append(self.n)
        return self.items
