class Pool:
    def __init__(self, name):
        self.name = name
        self.hits = 0

    def total(self):
        return self.hits


POOLS = (Pool("new"), Pool("a"), Pool("b"))


def hit(i):
    POOLS[i].hits += 1
