class Pool:
    def __init__(self, name):
        self.name, self.hits = name, 0

    def v(self):
        return 2


POOLS = [Pool("new"), Pool("a"), Pool("b")]
