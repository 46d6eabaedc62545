class Base:
    __slots__ = ("from_base", "second")

    def base(self):
        return "base"


class Mixin:
    __slots__ = ()

    def mixed(self):
        return self.a


class Gains(Base):
    def __init__(self):
        self.a = 1


class Loses:
    def __init__(self):
        self.a = 1


class Moves(Mixin, Base):
    __slots__ = ("a",)

    def __init__(self):
        self.a = 1


class Mixed(Mixin, list):
    __slots__ = ("a",)

    def __init__(self):
        super().__init__([1, 2])
        self.a = 1
