limit = 5


def wait():
    return limit
