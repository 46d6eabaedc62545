def wrapped(value, depth):
    for _ in range(depth):
        value = (value, value)
    return value


def unwrapped(value):
    while type(value) is tuple:
        value = value[0]
    return value


VERSION = 1
SHALLOW = wrapped({"v1": 0}, 4)
DEEP = wrapped({"v1": 0}, 9)
DEEPER = wrapped({"v1": 0}, 40)


def alone(value, depth):
    for _ in range(depth):
        value = (value,)
    return value


class Holder:
    def __init__(self):
        self.shared = wrapped({}, 40)
        self.deep = alone((), 200_000)
        self.count = 10


HOLDER = Holder()
UNTOUCHED = Holder()
