import sys


class C:
    def __init__(self, n):
        self.n = n
        self.log = []

    def outer(self, action):
        action()
        return self.inner()

    def inner(self):
        self.log.append("inner")
        return self.n, self.log

    def each(self):
        yield self.n
        yield self.inner()
