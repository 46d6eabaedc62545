class C:
    def __init__(self, n):
        self.n = n
        self.reset()

    def reset(self):
        self.items = []
