import enum


class Outer:
    class State(enum.Enum):
        ON = "on"
        OFF = "off"

    class Inner:
        class Deep(enum.IntEnum):
            A = 10

    start = State.OFF

    def __init__(self):
        self.state = self.State.OFF


Made = enum.Enum("Made", "N P Q")
Start = enum.Enum("Start", [("P", 50), ("Q", 60)])


@enum.unique
class Unique(enum.Enum):
    U = 10


@enum.global_enum
class Global(enum.Enum):
    GLOBAL_A = 10
    GLOBAL_B = 20


class Base(enum.Enum):
    def shout(self):
        return self.name + "!!"


class Derived(Base):
    D = 10
    E = 20
