class Immutable:
    """Its hash is made once, of values and their types (soupsieve has such)."""

    version = 2
    __slots__ = ("_hash",)

    def __init__(self, **values):
        parts = []
        for name, value in values.items():
            parts += [type(value), value]
            super().__setattr__(name, value)
        super().__setattr__("_hash", hash(tuple(parts)))

    def __eq__(self, other):
        return type(self) is type(other) and all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self):
        return self._hash


class Selector(Immutable):
    __slots__ = ("name",)


class Pattern(Immutable):
    __slots__ = ("selector", "flags")


def compiled(name):
    return Pattern(selector=Selector(name=name), flags=0)
