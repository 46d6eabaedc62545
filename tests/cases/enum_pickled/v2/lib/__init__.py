import enum


class E(enum.Enum):
    A = 1
    B = 2
    C = 3


class F(enum.Flag):
    P = 1
    Q = 2
    R = 4


class Named(enum.Enum):
    X = 10
    Y = 20

    def __reduce_ex__(self, protocol):
        return getattr, (self.__class__, self._name_)
