import collections
import dataclasses
import typing

T = typing.TypeVar("T")
Pair = collections.namedtuple("Pair", "a b")


class Row(typing.NamedTuple):
    x: int
    y: int = 0

    def show(self):
        return (1, self.x, self.y)


@dataclasses.dataclass
class Data:
    x: int
    tags: list = dataclasses.field(default_factory=list)

    def show(self):
        return (1, self.x)


class Box(typing.Generic[T]):
    def __init__(self, value):
        self.value = value

    def show(self):
        return (1, self.value)


@typing.runtime_checkable
class Shows(typing.Protocol):
    def show(self): ...
