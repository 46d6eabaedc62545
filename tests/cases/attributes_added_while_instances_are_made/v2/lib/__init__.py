def make():
    return ["made"]


class C:
    def __init__(self, n):
        self.n = n
        self.made = make()

    def get(self):
        assert self.made == ["made"]
        return self.n
