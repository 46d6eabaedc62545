import dataclasses


@dataclasses.dataclass(frozen=True)
class Key:
    a: int


@dataclasses.dataclass(frozen=True)
class Nested:
    key: Key
    kind: type = Key


class Own:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return isinstance(other, Own) and self.name == other.name

    def __hash__(self):
        return hash(self.name)


@dataclasses.dataclass(frozen=True)
class Slotted:
    a: int
