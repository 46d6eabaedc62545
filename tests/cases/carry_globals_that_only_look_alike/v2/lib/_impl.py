def limit():
    return 5


def wait():
    return limit()
