class Extra:
    def __init__(self):
        self.extra = ["extra"]


class Root:
    def __init__(self):
        self.root = 1
        self.log = []


class Base(Root, Extra):
    def __init__(self, n, *, depth=2):
        Root.__init__(self)
        Extra.__init__(self)
        self.n = n
        self.depth = depth

    def all(self):
        self.log.append(self.n)
        return self.n, self.depth, self.log, self.extra


class Leaf(Base):
    pass
