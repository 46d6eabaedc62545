class A:
    def __init__(self, x):
        self.x = x
        self.table = {"x": 1}

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        del self.table["x"]
