import functools

VERSION = 1


def timed(function):
    @functools.wraps(function)
    def wrapper(*args):
        return (1, VERSION, function(*args))

    return wrapper


class cached_method:
    def __init__(self, function):
        functools.update_wrapper(self, function)
        self.function = function

    def __get__(self, instance, owner=None):
        return functools.partial(self, instance)

    def __call__(self, *args):
        return (1, self.function(*args))


@timed
def own(x):
    return ("own", 1, x)
