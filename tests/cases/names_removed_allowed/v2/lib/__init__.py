NUMBER = 2


def helper():
    return NUMBER
