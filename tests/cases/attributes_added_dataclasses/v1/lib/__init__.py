import dataclasses


@dataclasses.dataclass
class Plain:
    x: int


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int


@dataclasses.dataclass
class Derived(Plain):
    y: int = 0
