NOTES = []


class C:
    def __init__(self, both):
        self.both = both

    def get(self):
        return self.both
