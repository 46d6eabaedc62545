called = []


class Row:
    def __init__(self, n):
        self.third = n
        self.fourth = n

    def __upgrade__(self, change):
        called.append(list(change.old))
        del self.first
        del self.second
