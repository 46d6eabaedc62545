import enum


class Tag(enum.Enum):
    A = "a"
    B = "b"

    def __eq__(self, other):
        return isinstance(other, Tag) and self.value.lower() == other.value.lower()

    def __hash__(self):
        return hash(("one", self.value))


class Same(enum.Enum):
    X = 1
    Y = 2

    def __hash__(self):
        return hash((type(self), self._name_))


TABLE = {Same.X: [1], Tag.A: [2]}


def look(key):
    return TABLE[key]
