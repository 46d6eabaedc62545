import functools


def twice(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2 * f(*args)

    return wrapper


@twice
def decorated(x):
    return x + 2


def nested(x):
    def inner(y):
        return y + 2

    return inner(x)


async def coroutine(x):
    return x + 2


def generator(n):
    for i in range(n):
        yield i + 2


async def async_generator(n):
    for i in range(n):
        yield i + 2


anonymous = lambda x: x + 2  # noqa: E731
