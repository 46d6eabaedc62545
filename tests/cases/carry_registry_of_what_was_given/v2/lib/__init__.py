"""Tables that callers fill: whatever is made of what they give, nobody can make it again. Each looks at its table, too."""

import collections


def clean(text):
    return text.strip() + "!"


class Alias(str):
    def __new__(cls, name, text):
        return super().__new__(cls, f"{name}={clean(text)}")


METHOD, FORMATTED, CALLED, LOCALS, PARTS = {}, {}, {}, {}, {}
KEYWORDS, SPREAD, REST, TUPLES, ALIASES = {}, {}, {}, {}, {}
SETDEFAULT, UPDATED, UNDER, DEFAULTED, LISTED = {}, {}, {}, collections.defaultdict(list), []
DECORATED, NAMED, LOOPED, EITHER, BUILT = {}, {}, {}, {}, {}
COMPREHENDED, MADE, NESTED, HELPED, RECENT = {}, {}, {}, {}, collections.deque(maxlen=9)
SETTING = None


def method(name, text):
    if METHOD.get(name) is None:
        METHOD[name] = text.strip() + "!"


def formatted(name, text):
    if FORMATTED.get(name) is None:
        FORMATTED[name] = f"<{text}>".lower() + "!"


def called(name, text):
    if CALLED.get(name) is None:
        CALLED[name] = clean(text)


def in_locals(name, text):
    value = text
    value = clean(value)
    other = value.lower()
    if LOCALS.get(name) != other:
        LOCALS[name] = other


def in_parts(line):
    name, text = line.split("=")
    if PARTS.get(name) is None:
        PARTS[name.strip()] = clean(text)


def keywords(name, **options):
    if KEYWORDS.get(name) is None:
        KEYWORDS[name] = clean(repr(options))


def spread(*args):
    if SPREAD.get(args[0]) is None:
        SPREAD[args[0]] = clean(args[1])


def rest(name, *texts):
    if REST.get(name) is None:
        REST[name] = clean(",".join(texts))


def tuples(name, text, number):
    if TUPLES.get(name) is None:
        TUPLES[name] = (clean(text), int(number.strip()))


def aliases(name, text):
    if ALIASES.get(name) is None:
        ALIASES[name] = Alias(name, text)


def setdefault(name, text):
    return SETDEFAULT.setdefault(name, clean(text))


def cleaned(table):
    return {name: clean(text) for name, text in table.items()}


def updated(table):
    UPDATED.update(cleaned(table))
    return UPDATED.get("a")


def under(name, text):
    UNDER.setdefault(name, []).append(clean(text))
    return UNDER.get(name)


def defaulted(name, text):
    DEFAULTED[name].append(clean(text))
    return DEFAULTED[name]


def listed(text):
    LISTED.append(clean(text))
    return LISTED[-1]


def recent(text):
    RECENT.append(clean(text))
    return RECENT[0]


def decorated(text):
    def decorate(function):
        if DECORATED.get(function.__name__) is None:
            DECORATED[function.__name__] = clean(text)
        return function

    return decorate


def name_of(function):
    return clean(function.__name__)


def named(name):
    def decorate(function):
        if NAMED.get(name) is None:
            NAMED[name] = name_of(function)
        return function

    return decorate


def looped(table):
    for name, text in table.items():
        if LOOPED.get(name) is None:
            LOOPED[name] = clean(text)


def either(name, text=None):
    if EITHER.get(name) is None:
        EITHER[name] = text.strip() + "!" if text else clean(name)


def built(name, text):
    entry = collections.OrderedDict()
    entry["text"] = clean(text)
    if BUILT.get(name) is None:
        BUILT[name] = entry


def comprehended(name, texts):
    if COMPREHENDED.get(name) is None:
        COMPREHENDED[name] = [clean(text) for text in texts]


def made(name, factory):
    if MADE.get(name) is None:
        MADE[name] = factory()
    return "made" + "!"


def nested(group, name, text):
    inner = NESTED.setdefault(group, {})
    if inner.get(name) is None:
        inner[name] = clean(text)


def put(name, text):
    HELPED[name] = clean(text)


def helped(name, text):
    if HELPED.get(name) is None:
        put(name, text)


def set_up(text):
    global SETTING
    if SETTING is None:
        SETTING = clean(text)
    return SETTING


class Registry:
    shared = {}
    chosen = None

    def __init__(self):
        self.own = {}

    def add(self, name, text):
        if self.own.get(name) is None:
            self.own[name] = clean(text)

    @classmethod
    def share(cls, name, text):
        if cls.shared.get(name) is None:
            cls.shared[name] = clean(text)

    @staticmethod
    def replace(text, name):
        if Registry.shared.get(name) is None:
            Registry.shared[name] = text.replace(" ", "") + "!"

    @classmethod
    def choose(cls, text):
        if cls.chosen is None:
            cls.chosen = clean(text)
        return cls.chosen


REGISTRY = Registry()


def closure():
    table = {}

    def add(name, text):
        if table.get(name) is None:
            table[name] = clean(text)
        return dict(table)

    return add


add_to_closure = closure()


def add_to_default(name, text, *, table={}):
    if table.get(name) is None:
        table[name] = clean(text)
    return dict(table)


def tables():
    return [METHOD, FORMATTED, CALLED, LOCALS, PARTS, KEYWORDS, SPREAD, REST, TUPLES, ALIASES, SETDEFAULT, UPDATED,
            UNDER, DEFAULTED, LISTED, RECENT, DECORATED, NAMED, LOOPED, EITHER, BUILT, COMPREHENDED, MADE, NESTED,
            HELPED, REGISTRY.own, Registry.shared]
