import enum


class E(enum.Enum):
    KEEP = 1
    GONE = 2
    FORGOTTEN = 3

    def describe(self):
        return f"{self.name} one"


class N(enum.IntEnum):
    KEEP = 1
    GONE = 2
