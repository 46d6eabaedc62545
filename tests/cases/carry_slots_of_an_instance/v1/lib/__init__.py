class State:
    __slots__ = ("count", "name", "items", "__weakref__")

    def __init__(self):
        self.count = 0
        self.name = "one"
        self.items = []


STATE = State()
