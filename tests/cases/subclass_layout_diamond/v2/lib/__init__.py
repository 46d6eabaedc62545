from typing import Generic, TypeVar

T = TypeVar("T")


class Root:
    __slots__ = ("mark", "__weakref__")


class Left(Root):
    __slots__ = ()

    def who(self):
        return "left2"


class Right(Root, Generic[T]):
    __slots__ = ("item", "__dict__")

    def __init__(self, item: T = None):
        self.item = item
