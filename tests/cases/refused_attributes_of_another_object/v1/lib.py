class Context:
    def __init__(self):
        self.digits = [15]
        self.rules = self.wrap("old")

    def wrap(self, name):
        return (name, self)

    def apply(self):
        return self.rules[0], self.digits[0]


context = Context()
other = Context()
