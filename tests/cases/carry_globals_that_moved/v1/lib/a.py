count = 0
DEBUG = False
TIMEOUT = 5
LEVEL = 1
names = {}


def step():
    global count
    count += 1
    return count


def debug():
    global DEBUG
    DEBUG = True


def is_debug():
    return DEBUG


def timeout():
    return TIMEOUT


def level():
    return LEVEL


def put(key, value):
    names[key] = value


def get(key):
    return names[key]
