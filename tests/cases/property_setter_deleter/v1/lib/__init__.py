class C:
    def __init__(self):
        self._x = 10

    @property
    def x(self):
        "x of version 1"
        return self._x + 1

    @x.setter
    def x(self, value):
        self._x = value * 1

    @x.deleter
    def x(self):
        self._x = -1
