class Thing:
    __slots__ = ("n", "unit")

    def __init__(self, n, unit):
        self.n = n
        self.unit = unit

    def show(self):
        return f"{self.n} {self.unit}"
