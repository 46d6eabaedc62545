class Thing:
    __slots__ = ("label", "total", "n")

    def __init__(self, n, label=None):
        self.n, self.label, self.total = n, label, 0

    def __upgrade__(self, change):
        self.label, self.total = f"thing {self.n}", change.old["old"]
        self.n += 100

    def show(self):
        return self.label


class Plain:
    def __init__(self, n, label=None):
        self.n, self.label = n, label

    def __upgrade__(self, change):
        self.label = f"plain {self.n}"
        del self.old

    def show(self):
        return self.label
