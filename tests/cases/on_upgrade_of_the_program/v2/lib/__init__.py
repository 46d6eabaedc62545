VALUE = 2
LIMIT = 20


def f():
    return VALUE
