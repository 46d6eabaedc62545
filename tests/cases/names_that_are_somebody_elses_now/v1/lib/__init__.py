class Timeout(Exception):
    pass


class Mapping(dict):
    def inc(self, key):
        self[key] = self.get(key, 0) + 1


class Formatter:
    def format(self, *args):
        return "own"


def gcd(a, b):
    return "own"


def cached_property(function):
    return property(function)


def fail():
    raise Timeout("1")
