from typing import Generic, TypeVar

T = TypeVar("T")


class Root:
    pass


class Left(Root):
    def who(self):
        return "left1"


class Right(Root, Generic[T]):
    def __init__(self, item: T = None):
        self.item = item
