class Rule:
    def __init__(self, context):
        self.context = context


class Context:
    def __init__(self):
        self.digits = [15]
        self.rules = self.wrap("old")
        self.rule = Rule(self)
        self.more = self.wrap("more")

    def wrap(self, name):
        return (name, self)

    def apply(self):
        return self.rules[0], self.rule.context.digits[0], self.more[0], self.more[1] is self


context = Context()
other = Context()
