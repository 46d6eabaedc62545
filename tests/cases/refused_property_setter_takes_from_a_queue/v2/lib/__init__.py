import queue


class A:
    def __init__(self, x):
        self.x = x
        self.queue = queue.SimpleQueue()
        self.queue.put(1)

    @property
    def x(self):
        return self._x

    @x.setter
    def x(self, value):
        self._x = self.queue.get()
