class Table:
    def __init__(self, rules=()):
        self._by_name = {}
        for rule in rules:
            self.add(rule)

    def add(self, rule):
        self._by_name[rule] = True

    def find(self, rule):
        return rule in self._by_name
