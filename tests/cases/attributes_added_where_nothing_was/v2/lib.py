import collections


class Table:
    def __init__(self, name):
        self.name = name
        self._rules = collections.deque()

    def add(self, rule):
        self._rules.append(rule)

    def find(self, rule):
        return rule in self._rules
