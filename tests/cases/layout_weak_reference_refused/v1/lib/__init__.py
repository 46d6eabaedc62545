class Thing:
    __slots__ = ("a", "__weakref__")

    def __init__(self):
        self.a = 1
