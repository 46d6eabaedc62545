def make(n):
    doubled = n * 2

    def inner(x):
        return x + doubled

    return inner
