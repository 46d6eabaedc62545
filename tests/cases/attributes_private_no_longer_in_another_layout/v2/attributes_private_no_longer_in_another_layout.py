class Plain:
    __slots__ = ("extra", "__dict__", "__weakref__")
    def __init__(self, *args):
        self.rows = {}
        if args:
            self.rows = {0: args}

    def put(self, key, value):
        self.rows[key] = value

    def count(self):
        return len(self.rows)


class One:
    __slots__ = ("extra", "__dict__", "__weakref__")
    def __init__(self):
        self.rows = {}

    def put(self, key, value):
        self.rows[key] = value

    def count(self):
        return len(self.rows)


class Counter:
    __slots__ = ("extra", "__dict__", "__weakref__")

    def __init__(self):
        self.n = 0

    def bump(self):
        self.n += 1

    def now(self):
        return self.n
