import dataclasses


@dataclasses.dataclass
class Gains:
    a: int
    b: list


@dataclasses.dataclass(slots=True)
class Loses:
    n: int


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int
    b: str
