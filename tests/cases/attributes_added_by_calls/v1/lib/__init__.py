class C:
    def __init__(self, n):
        self.n = n


class Part:
    def __init__(self):
        self.uses = 0


OLD_PARTS = [Part()]
