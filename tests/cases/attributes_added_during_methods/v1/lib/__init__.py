import sys


class C:
    def __init__(self, n):
        self.n = n

    def outer(self, action):
        action()
        return self.inner()

    def inner(self):
        return self.n

    def each(self):
        yield self.n
        yield self.inner()
