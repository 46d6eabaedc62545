class Meta(type):
    def __call__(cls, *args):
        if "_rules" not in cls.__dict__:
            cls._all_rules = {}
            cls._next = 0
            cls._rules = cls.compile(cls.get_rules())
        return type.__call__(cls, *args)

    def get_rules(cls):
        return cls.__dict__.get("rules", {})

    def compile(cls, rules):
        for word, answer in rules.items():
            cls._all_rules[word] = (cls._next, answer, None, KIND)
            cls._next += 1
        return dict(cls._all_rules)


class Kind:
    pass


KIND = Kind()


class Lexer(metaclass=Meta):
    rules = {"b": "new", "a": "two"}

    def lex(self, word):
        return self._rules[word][:2]


class Unused(Lexer):
    rules = {"c": "new"}


class Other:
    """Has nothing to do with lexers."""

    def __init__(self):
        self._rules = {}
