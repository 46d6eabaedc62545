class Base:
    def __init__(self, n, root):
        self.n = n
        self.root = root

    def __upgrade__(self, change):
        self.root = ("root", self.n, sorted(change.old))

    def get(self):
        return self.n, self.root
