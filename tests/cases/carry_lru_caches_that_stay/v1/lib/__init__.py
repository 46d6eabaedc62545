import functools

CALLS = []


class Settings:
    def __init__(self):
        self.debug = False
        self.level = 1

    def version(self):
        return 1


@functools.lru_cache
def settings():
    return Settings()


class Client:
    def __init__(self, name):
        self.name = name

    @staticmethod
    @functools.lru_cache(maxsize=2)
    def get(name):
        CALLS.append(name)
        return Client(name)

    @functools.cache
    def table(self, name):
        return [self.name, name]

    def version(self):
        return 1


@functools.cache
def same(x):
    CALLS.append(x)
    return x * 2


def factor():
    return 1


@functools.cache
def by_another(x):
    return x * factor()


@functools.lru_cache(maxsize=1)
def bounded(x):
    return Client(x)


@functools.cache
def fields(cls):
    return list(vars(cls)["NAMES"])


class Named:
    NAMES = ["a", "b"][:1]


@functools.cache
def generated(name):
    class Made:
        def version(self):
            return factor()

    return Made


@functools.cache
def gone():
    return Old()


class Old:
    pass
