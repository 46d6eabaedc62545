class Plain:
    def __init__(self, x):
        self.x = x


class Scaled:
    def __init__(self, x):
        self.factor = 2
        self.x = x


class Narrow:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class Later:
    def set(self, x):
        self.x = x


class Stored:
    def __init__(self, x):
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value


only = Plain(" one ")
