class Pool:
    def __init__(self, name):
        self.name, self.hits = name, 0


POOLS = [Pool("a"), Pool("b")]
