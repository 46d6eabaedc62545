class Registry(dict):
    frozen = False

    def __init__(self):
        self.names = []
        self.version = 1

    def add(self, name):
        self[name] = 1
        self.names.append(name)


class Items(list):
    pass


REGISTRY = Registry()
REGISTRY.add("own")
ITEMS = Items(["own"])
