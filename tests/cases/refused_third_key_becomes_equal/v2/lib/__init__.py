class Key:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name[0].lower())

    def __eq__(self, other):
        return self.name.lower() == other.name.lower()
