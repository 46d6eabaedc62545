class Immutable:
    """Takes what it is given by any name (soupsieve has such)."""

    __slots__ = ()

    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class Attribute(Immutable):
    __slots__ = ("name", "pattern", "ignore_case")

    def __init__(self, name, pattern, ignore_case=False):
        super().__init__(name=name, pattern=pattern, ignore_case=ignore_case)

    def text(self):
        return self.name + (self.pattern.lower() if self.ignore_case else self.pattern)
