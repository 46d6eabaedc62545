class Plain:
    def __init__(self, *args):
        self.__rows = dict(())
        if args:
            self.__rows = {0: args}

    def put(self, key, value):
        self.__rows[key] = value

    def count(self):
        return len(self.__rows)


class One:
    def __init__(self):
        self.__rows = dict(())

    def put(self, key, value):
        self.__rows[key] = value

    def count(self):
        return len(self.__rows)


class Counter:
    def __init__(self):
        self.__n = int()

    def bump(self):
        self.__n += 1

    def now(self):
        return self.__n
