def make():
    raise ValueError("not yet")


class C:
    def __init__(self):
        self.n = 1
        self.made = make()

    def get(self):
        return self.made
