import threading


class Counter:
    __slots__ = ("n", "more")
    lock = threading.Lock()

    def __init__(self, n):
        self.n = n + 0

    def add(self, n):
        with self.lock:
            self.n = self.n + n

    def me(self):
        return self

    def value(self):
        return self.n

    def version(self):
        return 2
