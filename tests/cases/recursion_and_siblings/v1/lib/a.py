from .b import odd


def even(n):
    return True if n == 0 else odd(n - 1)
