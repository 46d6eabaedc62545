class Key:
    __slots__ = ("n", "name")

    def __init__(self, n, name):
        self.n, self.name = n, name

    def __hash__(self):
        return hash((self.n, self.name))

    def __eq__(self, other):
        return isinstance(other, Key) and (self.n, self.name) == (other.n, other.name)
