"""Memos: the key is made of all that the value is made of, or of what the table's owner knows."""

_plain, _pairs, _names, _either, _parts, _loop, _called, _shared, _classes = {}, {}, {}, {}, {}, {}, {}, {}, {}
_data = None


def compute(*key):
    return (2, *key)


def together(first, rest):
    return (first, *rest)


def plain(key):
    if key not in _plain:
        _plain[key] = compute(key)
    return _plain[key]


def pairs(a, b):
    key = (a, b)
    if key not in _pairs:
        _pairs[key] = compute(a, b)
    return _pairs[key]


def names(thing):
    if thing.name not in _names:
        _names[thing.name] = compute(thing.name)
    return _names[thing.name]


def either(key):
    value = _either.get(key)
    if value is None:
        value = compute(key) if key else compute()
        _either[key] = value
    return value


def parts(key):
    try:
        return _parts[key]
    except KeyError:
        first, *rest = compute(key)
        _parts[key] = together(first, rest)
    return _parts[key]


def loop(keys):
    for key in keys:
        if key not in _loop:
            _loop[key] = compute(key)
    return [_loop[key] for key in keys]


def fill(key):
    _called[key] = compute(key)


def called(key):
    if _called.get(key) is None:
        fill(key)
    return _called[key]


def data():
    global _data
    if _data is None:
        _data = compute()
    return _data


def memoized(function):
    cache = {}

    def wrapper(*args, **options):
        key = (args, tuple(sorted(options.items())))
        if key not in cache:
            cache[key] = function(*args, **options)
        return cache[key]

    return wrapper


@memoized
def decorated(a, b):
    return (2, a, b)


def shared(function):
    def wrapper(*args):
        key = (function.__name__, args)
        if key not in _shared:
            _shared[key] = function(*args)
        return _shared[key]

    return wrapper


@shared
def in_shared(a):
    return (2, a)


def on_function(function):
    function.cache = {}

    def wrapper(key):
        if key not in function.cache:
            function.cache[key] = function(key)
        return function.cache[key]

    return wrapper


@on_function
def on_itself(key):
    return (2, key)


class Parser:
    known = {}

    def __init__(self):
        self.cache = {}
        self.name = "parser"

    def parse(self, *text):
        return (2, *text)

    def get(self, text):
        try:
            return self.cache[text]
        except KeyError:
            result = self.cache[text] = self.parse(text)
            return result

    def of_class(self, text):
        if text not in Parser.known:
            Parser.known[text] = self.parse(text)
        return Parser.known[text]

    def of_module(self, text):
        if text not in _classes:
            _classes[text] = self.parse(text)
        return _classes[text]

    def own_name(self):
        if self.name not in self.cache:
            self.cache[self.name] = self.parse()
        return self.cache[self.name]


PARSER = Parser()
