class Thing:
    __slots__ = ("later", "name", "__weakref__")

    def __init__(self, name):
        self.name = name

    def me(self):
        return self
