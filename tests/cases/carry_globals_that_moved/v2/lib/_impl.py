TIMEOUT = 5
LEVEL = 1
names = {}


def timeout():
    return TIMEOUT


def level():
    return LEVEL


def put(key, value):
    names[key] = value


def get(key):
    return names[key]
