import dataclasses
import typing


@dataclasses.dataclass
class Plain:
    x: int
    t: list = dataclasses.field(default_factory=list)
    shared: typing.ClassVar[int] = 3
    start: dataclasses.InitVar[int] = 4
    total: int = dataclasses.field(init=False, default=9)

    def __post_init__(self, start):
        self.seen = {}


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int
    name: str = "none"
    tags: tuple = dataclasses.field(default_factory=tuple)


@dataclasses.dataclass
class Derived(Plain):
    y: int = 0
    z: dict = dataclasses.field(default_factory=dict, kw_only=True)
