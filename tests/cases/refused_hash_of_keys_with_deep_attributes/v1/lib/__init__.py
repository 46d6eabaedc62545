class Key:
    def __init__(self, name, rest):
        self.name = name
        self.rest = rest

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        return self.name == other.name
