import dataclasses


@dataclasses.dataclass(slots=True)
class Gains:
    a: int
    b: list


@dataclasses.dataclass
class Loses:
    n: int


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    a: int
    b: str
