class Table:
    def __init__(self, name):
        self.name = name
        self._by_name = {}

    def add(self, rule):
        self._by_name[rule] = True

    def find(self, rule):
        return rule in self._by_name
