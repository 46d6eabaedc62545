class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)

    def __getattribute__(self, name):
        if name == "any":
            return "thing"
        return object.__getattribute__(self, name)
