import enum


class Outer:
    class State(enum.Enum):
        ON = 1
        OFF = 2

    class Inner:
        class Deep(enum.IntEnum):
            A = 1

    start = State.ON

    def __init__(self):
        self.state = self.State.OFF


Made = enum.Enum("Made", "P Q")
Start = enum.Enum("Start", [("P", 5), ("Q", 6)])


@enum.unique
class Unique(enum.Enum):
    U = 1


@enum.global_enum
class Global(enum.Enum):
    GLOBAL_A = 1
    GLOBAL_B = 2


class Base(enum.Enum):
    def shout(self):
        return self.name + "!"


class Derived(Base):
    D = 1
