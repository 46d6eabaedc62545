class Table:
    def __init__(self, *items):
        self.__items = []
        if items:
            self.__items = list(items)

    def first(self):
        return self.__items[0]
