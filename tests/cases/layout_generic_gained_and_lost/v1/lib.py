import typing

T = typing.TypeVar("T")


class Gains:
    def __init__(self, value):
        self.value = value

    def get(self):
        return "v1", self.value


class Loses(typing.Generic[T]):
    def __init__(self, value):
        self.value = value

    def get(self):
        return "v1", self.value


class Slotted(typing.Generic[T]):
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def get(self):
        return "v1", self.value


class GainsWithSlots:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def get(self):
        return "v1", self.value
