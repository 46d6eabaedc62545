def wrapped(value, depth):
    for _ in range(depth):
        value = (value, value)
    return value


def unwrapped(value):
    while type(value) is tuple:
        value = value[0]
    return value


VERSION = 2
SHALLOW = wrapped({"v2": 0}, 4)
DEEP = wrapped({"v2": 0}, 9)
DEEPER = wrapped({"v2": 0}, 40)
