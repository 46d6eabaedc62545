class Pool:
    def __init__(self, name):
        self.name = name
        self.hits = 0


POOLS = (Pool("a"), Pool("b"))


def hit(i):
    POOLS[i].hits += 1
