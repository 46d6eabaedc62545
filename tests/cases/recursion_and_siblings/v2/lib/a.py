from .b import odd


def even(n):
    return "even" if n == 0 else odd(n - 1)
