import threading


class A:
    def __init__(self, x):
        self.x = x
        self.lock = threading.Lock()

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        with self.lock:
            self._x = value * 2
