import typing

T = typing.TypeVar("T")


class Cached(property, typing.Generic[T]):
    """Computes once; as frameworks have it."""

    def __init__(self, fget, name=None):
        super().__init__(fget)
        self.slot = f"_{name or fget.__name__}"

    def __get__(self, instance, owner=None):
        return self if instance is None else (self.slot, self.fget(instance))


class Table(typing.Generic[T]):
    def __init__(self, limit):
        self.limit, self.rows = limit, {}

    def add(self, key, value):
        self.rows[key] = value

    def size(self):
        return ("v2", self.limit, len(self.rows))

    @Cached
    def first(self):
        return "v2"


class Box(typing.Protocol[T]):
    def get(self): ...


class Full(Box[int]):
    def __init__(self):
        self.made = "v2"

    def get(self):
        return "v2"


TABLE: Table[int] = Table(20)
FULL = Full()
TOUCHED = Full()
