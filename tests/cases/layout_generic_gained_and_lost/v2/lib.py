import typing

T = typing.TypeVar("T")


class Gains(typing.Generic[T]):
    def __init__(self, value):
        self.value = value

    def get(self):
        return "v2", self.value


class Loses:
    def __init__(self, value):
        self.value = value

    def get(self):
        return "v2", self.value


class Slotted(typing.Generic[T]):
    __slots__ = ("seen", "value")

    def __init__(self, value):
        self.seen = []
        self.value = value

    def get(self):
        self.seen.append(1)
        return "v2", self.value


class GainsWithSlots(typing.Generic[T]):
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def get(self):
        return "v2", self.value
