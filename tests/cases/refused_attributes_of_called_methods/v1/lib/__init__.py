class C:
    def __init__(self, n):
        self.n = n

    def get(self):
        return self.n
