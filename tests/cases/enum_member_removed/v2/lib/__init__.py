import enum


class E(enum.Enum):
    KEEP = 10

    def describe(self):
        return f"{self.name} two"


class N(enum.IntEnum):
    KEEP = 1
