class Table:
    def __init__(self, rules=()):
        self._rules = []
        for rule in rules:
            self.add(rule)

    def add(self, rule):
        self._rules.append(rule)

    def find(self, rule):
        return rule in self._rules
