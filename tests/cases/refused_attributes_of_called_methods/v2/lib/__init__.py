class C:
    def __init__(self, n):
        self.n = n
        self._derive(n)

    def _derive(self, n):
        self.twice = 2 * n

    def get(self):
        return self.twice
