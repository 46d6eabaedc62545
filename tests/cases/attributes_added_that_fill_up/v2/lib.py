class Table:
    def __init__(self, rules):
        self.rules = list(rules)
        self.found = {}
        self.asked = []

    def add(self, rule):
        self.rules.append(rule)

    def find(self, rule):
        if rule not in self.found:
            self.found[rule] = self.look(rule)
        return self.found[rule]

    def look(self, rule):
        self.asked.append(rule)
        return rule in self.rules
