class Box:
    def __init__(self):
        self._size = 1
        self.k = 2

    def size(self):
        return self._size * 10

    @staticmethod
    def kind():
        return "new"


class Narrow:
    __slots__ = ("_size",)

    def __init__(self):
        self._size = 1

    def size(self):
        return self._size * 10
