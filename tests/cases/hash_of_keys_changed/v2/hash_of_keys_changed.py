import dataclasses


@dataclasses.dataclass(frozen=True)
class Key:
    a: int
    b: int = 0


@dataclasses.dataclass(frozen=True)
class Nested:
    key: Key
    kind: type = Key
    more: tuple = ()


class Own:
    def __init__(self, name):
        self.name = name
        self.scope = "all"

    def __eq__(self, other):
        return isinstance(other, Own) and (self.name, self.scope) == (other.name, other.scope)

    def __hash__(self):
        return hash((self.name, self.scope))


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    a: int
    b: str = "b"
