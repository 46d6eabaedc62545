class Base:
    __slots__ = ("from_base",)

    def base(self):
        return "base"


class Mixin:
    def mixed(self):
        return self.a


class Gains(object):
    def __init__(self):
        self.a = 1


class Loses(Base):
    __slots__ = ("a",)

    def __init__(self):
        self.a = 1


class Moves(Base):
    def __init__(self):
        self.a = 1


class Mixed(list):
    def __init__(self):
        super().__init__([1, 2])
        self.a = 1
