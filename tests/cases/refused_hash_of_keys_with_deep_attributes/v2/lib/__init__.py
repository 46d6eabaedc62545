class Key:
    def __init__(self, name, rest):
        self.name = name
        self.rest = rest

    def __hash__(self):
        return hash(self.name.lower())

    def __eq__(self, other):
        return self.name.lower() == other.name.lower()
