ALL = []
BY_NODE = {}


class Child:
    def __init__(self, parent):
        self.parent = parent


class Node:
    def __init__(self, name):
        self.name = name
        self._settle()

    def _settle(self):
        ALL.append(self)
        BY_NODE[self] = self.name
        self.me = self
        self.child = Child(self)
        self.callback = self.shout

    def __upgrade__(self, change):
        self._settle()

    def shout(self):
        return self.name.upper(), self
