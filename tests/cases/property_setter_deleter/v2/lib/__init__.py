class C:
    def __init__(self):
        self._x = 10

    @property
    def x(self):
        "x of version 2"
        return self._x + 2

    @x.setter
    def x(self, value):
        self._x = value * 2

    @x.deleter
    def x(self):
        self._x = -2
