class _Matrix:
    def __init__(self, *args):
        self._data = {}
        if isinstance(args[0], list):
            if not args[0]:
                self._rows = self._cols = 0
            else:
                self._rows = len(args[0])
                self._cols = len(args[0][0])
            for i, row in enumerate(args[0]):
                for j, value in enumerate(row):
                    self._data[i, j] = value
        else:
            self._rows = self._cols = args[0]
            if len(args) > 1:
                self._cols = args[1]
                self._data = args[2]._data

    def copy(self):
        new = _Matrix(self._rows, self._cols, self)
        new._data = self._data.copy()
        return new

    def get(self, i, j):
        return self._data.get((i, j), 0)

    @property
    def size(self):
        return self._rows, self._cols, len(self._data)


class Plain:
    def __init__(self, *args):
        self.__items = []
        if args:
            self.__items = [*args]

    def count(self):
        return len(self.__items)
