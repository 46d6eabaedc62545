import enum


class E(enum.Enum):
    A = 1
    B = 2


class F(enum.Flag):
    P = 1
    Q = 2


class Named(enum.Enum):
    X = 1
    Y = 2

    def __reduce_ex__(self, protocol):
        return getattr, (self.__class__, self._name_)
