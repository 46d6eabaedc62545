import sys

NUMBERS = [1, 2, 3]


class C:
    def __init__(self, n):
        self.n = n
        self.a = self.b = []
        self.c, self.d = 1, {}
        self.e = [number * 2 for number in NUMBERS if number > 1]
        self.f = lambda x: x + len(NUMBERS)
        self.g = {k: v for k, v in zip("ab", NUMBERS)}
        self.h = "posix" if sys.maxsize > 10 else "small"

    def all(self):
        return self.n, self.a is self.b, self.a, self.c, self.d, self.e, self.f(1), self.g, self.h
