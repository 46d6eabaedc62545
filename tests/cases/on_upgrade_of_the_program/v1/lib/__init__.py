VALUE = 1
LIMIT = 10


def f():
    return VALUE
