class Meta(type):
    def __call__(cls, *args):
        if "_rules" not in cls.__dict__:
            cls._all_rules = {}
            cls._next = 0
            cls._rules = cls.compile(cls.get_rules())
        return type.__call__(cls, *args)

    def get_rules(cls):
        rules = dict(cls.__dict__.get("rules", {}))
        return rules | cls.part.rules if cls.part else rules

    def compile(cls, rules):
        for word, answer in rules.items():
            cls._all_rules[word] = (cls._next, answer, None, KIND)
            cls._next += 1
        return dict(cls._all_rules)


class Kind:
    pass


KIND = Kind()


class Lexer(metaclass=Meta):
    part = None
    rules = {"a": "one"}

    def version(self):
        return 1

    def lex(self, word):
        return self._rules[word][:2]


class Another(Lexer):
    rules = {"c": "old"}


class Wide(Lexer):
    part = Another
    rules = {"d": "as it was"}


class Other:
    """Has nothing to do with lexers."""

    def __init__(self):
        self._rules = {}
