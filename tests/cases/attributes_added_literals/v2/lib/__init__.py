class C:
    def __init__(self, n):
        self.n = n
        self.none = None
        self.number = -1
        self.text = "text"
        self.pair = (1, 2)
        self.items = []
        self.table = {"a": []}
        self.members = {1, 2}

    def all(self):
        return self.n, self.none, self.number, self.text, self.pair, self.items, self.table, self.members
