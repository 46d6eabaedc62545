class A:
    def __init__(self, x):
        self.x = x
        self.observers = []

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = value * 2
        for observer in self.observers:
            observer(value)
