import dataclasses


@dataclasses.dataclass(frozen=True)
class Key:
    a: int
