import abc


class Meta(type):
    @property
    def made_by(cls):
        return type(cls).__name__


class Plain(metaclass=Meta):
    __slots__ = ("n",)

    def __init__(self, n):
        self.n = n


class Abstract(abc.ABC):
    __slots__ = ("n", "more")

    def __init__(self, n):
        self.n = n
