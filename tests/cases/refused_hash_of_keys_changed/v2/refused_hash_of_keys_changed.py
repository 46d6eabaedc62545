import dataclasses


@dataclasses.dataclass(frozen=True)
class Key:
    a: int
    b: int = 0
