class Registry(dict):
    frozen = False

    def __init__(self):
        self.names = []
        self.version = 2

    def add(self, name):
        self[name] = 2
        self.names.append(name)


class Items(list):
    def first(self):
        return self[0]


REGISTRY = Registry()
REGISTRY.add("own")
REGISTRY.add("second")
ITEMS = Items(["own", "second"])
