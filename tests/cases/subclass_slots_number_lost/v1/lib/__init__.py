class Base:
    def __init__(self, items=(1, 2, 3)):
        self.items = list(items)

    def __add__(self, other):
        return ("add", other)

    def __radd__(self, other):
        return ("radd", other)

    def __iadd__(self, other):
        self.items.append(other)
        return self

    def __mul__(self, other):
        return ("mul", other)

    def __neg__(self):
        return "neg"

    def __index__(self):
        return 2

    def __matmul__(self, other):
        return "matmul"
