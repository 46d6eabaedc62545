class State:
    __slots__ = ("count", "name", "items", "__weakref__")

    def __init__(self):
        self.count = 0
        self.name = "two"
        self.items = []

    def v(self):
        return 2


STATE = State()
