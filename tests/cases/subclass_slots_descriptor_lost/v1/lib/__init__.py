class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)

    def __get__(self, obj, cls=None):
        return "from the descriptor"

    def __set__(self, obj, value):
        raise AttributeError("read only")
