class Thing:
    __slots__ = ("_size",)

    def __init__(self):
        self._size = 5

    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, value):
        self._size = value

    @property
    def computed(self):
        return self.size * 2
