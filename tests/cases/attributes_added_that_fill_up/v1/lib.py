class Table:
    def __init__(self, rules):
        self.rules = list(rules)
        self.slow = 0

    def add(self, rule):
        self.rules.append(rule)

    def find(self, rule):
        self.slow = True
        return rule in self.rules
