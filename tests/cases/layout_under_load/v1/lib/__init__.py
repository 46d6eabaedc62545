import threading


class Counter:
    lock = threading.Lock()

    def __init__(self, n):
        self.n = n

    def add(self, n):
        with self.lock:
            self.n += n

    def me(self):
        return self

    def value(self):
        return self.n

    def version(self):
        return 1
