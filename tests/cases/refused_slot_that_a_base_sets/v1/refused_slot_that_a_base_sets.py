class Immutable:
    """Takes what it is given by any name (soupsieve has such)."""

    __slots__ = ()

    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class Attribute(Immutable):
    __slots__ = ("name", "pattern")

    def __init__(self, name, pattern):
        super().__init__(name=name, pattern=pattern)

    def text(self):
        return self.name + self.pattern
