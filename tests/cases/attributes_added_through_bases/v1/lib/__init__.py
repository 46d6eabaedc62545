class Root:
    def __init__(self):
        self.root = 1


class Base(Root):
    def __init__(self, n):
        super().__init__()
        self.n = n


class Leaf(Base):
    pass
