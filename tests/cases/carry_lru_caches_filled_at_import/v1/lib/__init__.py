import functools
import math

factorial = functools.lru_cache(maxsize=64)(math.factorial)
TEN = factorial(10)


class Numbers:
    @functools.lru_cache
    def square(self, n):
        return n * n

    @staticmethod
    @functools.lru_cache(maxsize=None)
    def cube(n):
        return n * n * n


numbers = Numbers()
FOUR = numbers.square(2)
EIGHT = Numbers.cube(2)


def version():
    return 1
