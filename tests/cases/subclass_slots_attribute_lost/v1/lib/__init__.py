class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return ("got", name)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value if name == "items" else ("set", value))

    def __delattr__(self, name):
        object.__setattr__(self, name, "deleted")
