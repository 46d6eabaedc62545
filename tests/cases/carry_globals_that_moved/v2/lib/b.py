count = 0
DEBUG = False


def step():
    global count
    count += 1
    return "two", count


def debug():
    global DEBUG
    DEBUG = True


def is_debug():
    return DEBUG
