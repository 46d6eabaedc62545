def make(n):
    def inner(x):
        return x + n

    return inner
