from pathlib import Path


class A:
    def __init__(self, x):
        self.x = x

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = Path(value)
        self._x.touch()
