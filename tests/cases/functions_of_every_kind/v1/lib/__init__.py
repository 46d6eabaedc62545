import functools


def twice(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2 * f(*args)

    return wrapper


@twice
def decorated(x):
    return x + 1


def nested(x):
    def inner(y):
        return y + 1

    return inner(x)


async def coroutine(x):
    return x + 1


def generator(n):
    for i in range(n):
        yield i + 1


async def async_generator(n):
    for i in range(n):
        yield i + 1


anonymous = lambda x: x + 1  # noqa: E731
