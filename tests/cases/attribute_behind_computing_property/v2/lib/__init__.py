def clean(value):
    return str(value).strip()


class Plain:
    def __init__(self, x):
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        if value is None:
            raise TypeError("a value is needed")
        self._x = clean(value)
        self._n = len(self._x)


class Scaled:
    def __init__(self, x):
        self.factor = 2
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * self.factor


class Narrow:
    __slots__ = ("_x",)

    def __init__(self, x):
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        if isinstance(value, str):
            value = int(value)
        self._x = value


class Later:
    def set(self, x):
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = tuple(value)


class Stored:
    def __init__(self, x):
        self.x = x

    @property
    def x(self):
        return self._tenths / 10

    @x.setter
    def x(self, value):
        self._tenths = value * 10


only = Plain(" one ")
