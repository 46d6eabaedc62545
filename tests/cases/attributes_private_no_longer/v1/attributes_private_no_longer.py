class _Matrix:
    def __init__(self, *args):
        self.__data = {}
        if isinstance(args[0], list):
            self.__rows = len(args[0])
            self.__cols = len(args[0][0])
            for i, row in enumerate(args[0]):
                for j, value in enumerate(row):
                    self.__data[i, j] = value
        else:
            self.__rows = self.__cols = args[0]
            if len(args) > 1:
                self.__cols = args[1]
                self.__data = args[2].__data

    def copy(self):
        new = _Matrix(self.__rows, self.__cols, self)
        new.__data = self.__data.copy()
        return new

    def get(self, i, j):
        return self.__data[i, j]

    @property
    def size(self):
        return self.__rows, self.__cols


class Plain:
    def __init__(self, *args):
        self._items = []
        if args:
            self._items = list(args)

    def count(self):
        return len(self._items)
