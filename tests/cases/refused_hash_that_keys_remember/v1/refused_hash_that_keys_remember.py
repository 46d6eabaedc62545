class Key:
    version = 1

    def __init__(self, name):
        self.name = name
        self.known = None

    def __eq__(self, other):
        return type(self) is type(other) and self.name == other.name

    def __hash__(self):
        if self.known is None:
            self.known = hash((type(self), self.name))
        return self.known
