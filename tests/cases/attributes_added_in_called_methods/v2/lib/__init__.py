class C:
    def __init__(self, n):
        self.n = n
        self.reset()

    def reset(self):
        self.items = []
        self.seen = set()
        self._more()

    def _more(self):
        self.more = {}

    def all(self):
        return self.n, self.items, self.seen, self.more
