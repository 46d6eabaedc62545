import operator


class A:
    def __init__(self, x):
        self.x = x
        self.table = {}

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        operator.setitem(self.table, "x", value)
