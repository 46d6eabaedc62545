"""Attributes that the new __init__ makes of what an instance remembers, in several statements: when that is known, and when it is not.

Each scenario is a class K in both versions, with attributes A (what is remembered) and N (what is new), all named after the scenario, as
who binds an attribute is asked by its name.
"""

import re
import textwrap

from tests.test_api import INSTALL, run  # noqa: F401

KEPT = "class K:\n    def __init__(self, o):\n        self.A = o\n"
PLAIN = "class K:\n    def __init__(self):\n        pass\n"
BASE = "class Base:\n    def __init__(self, a, k=False):\n        self.a = a\n        self.A = k\n\n\n"
WORD = "class K(Base):\n    def __init__(self, a, **rest):\n        super().__init__(a, **rest)\n"


def kept(*lines, first=""):
    """Version 2 of KEPT with more lines after (and `first` before) the store."""
    before = f"        {first}\n" if first else ""
    return KEPT.replace("        self.A", before + "        self.A") + "".join(f"        {line}\n" for line in lines)


def word(*lines):
    """Version 2 of WORD with more lines before the base is called."""
    return BASE + WORD.replace("        super", "".join(f"        {line}\n" for line in lines) + "        super")


GET = 'self.N = o.get("x")'
TAKE = ('k = rest.get("k", False)', "n = 0", "if k:", "    n = k + k", "self.N = n")

# name: version 1, version 2, what the program makes, and what N is then
KNOWN = {
    "lookup": (KEPT, kept(GET), 'K({"x": 1})', 1),
    "lookup_of_nothing": (KEPT, kept(GET), "K({})", None),
    "item": (KEPT, kept('x = o["x"]', "self.N = x + x"), 'K({"x": (1, "a")})', (1, "a", 1, "a")),
    "constant": (KEPT, kept("self.N = 2 * o"), 'K("ab")', "abab"),
    "branches": (KEPT, kept("if o > 1:", "    n = o", "else:", "    n = -o", "self.N = n"), "K(1)", -1),
    "looked_at": (KEPT, kept("assert o", "self.M = o", 'self.L = o.get("y")', GET), 'K({"x": 1})', 1),
    "default_is_false": (
        PLAIN,
        "class K:\n    def __init__(self, help=None):\n        if help:\n            help = clean(help)\n        self.N = help\n",
        "K()",
        None,
    ),
    "keyword": (BASE + WORD, word(*TAKE), "K(1)", 0),
    "keyword_is_given": (BASE + WORD, word(*TAKE), 'K(1, k="ab")', "abab"),
    "keyword_is_false": (
        BASE + WORD,
        word('k = rest.get("k", False)', "n = 1", "if k:", "    n = clean(k)", "self.N = n"),
        'K(1, k="")',
        1,
    ),
}

COUNT = "class K:\n    def __init__(self):\n        self.M = 0\n"
STATIC = "class K:\n    def __init__(self, o=None):\n        self.N = self.MAKE(o)\n\n    @staticmethod\n    def MAKE(o):\n        return [o]\n"

UNKNOWN = {
    "assigned_by_a_method": (
        KEPT + "\n    def change(self):\n        self.A = {}\n",
        kept(GET) + "\n    def change(self):\n        self.A = {}\n",
        "K({})",
    ),
    "assigned_by_a_function": (KEPT + "\n\ndef change_K(k):\n    k.A = {}\n", kept(GET), "K({})"),
    "assigned_by_the_program": (KEPT, kept(GET), "poke(K({}))", "def poke(k):\n    k.A = {}\n    return k\n"),
    "assigned_by_a_subclass": (
        KEPT,
        kept(GET),
        "Own({})",
        "class Own(lib.K):\n    def __init__(self, o):\n        super().__init__(None)\n        self.A = o\n",
    ),
    "assigned_by_name": (
        KEPT + "\n    def change(self, name):\n        setattr(self, name, 1)\n",
        kept(GET) + "\n    def change(self, name):\n        setattr(self, name, 1)\n",
        "K({})",
    ),
    "assigned_twice": (KEPT + "        if o:\n            self.A = 0\n", kept(GET), "K({})"),
    "parameter_assigned_before": (
        KEPT.replace("        self", "        if o is None:\n            o = {}\n        self"),
        kept(GET, first="if o is None: o = {}"),
        "K(None)",
    ),
    "parameter_assigned_now": (KEPT, kept(GET, first="o = dict(o)"), "K({})"),
    "parameter_changed_now": (KEPT, kept(GET, first='o.setdefault("x", 1)'), "K({})"),
    "parameter_given_away_now": (KEPT, kept(GET, first="clean(o)"), "K({})"),
    "parameter_in_a_closure": (KEPT, kept("self.M = lambda: o", GET), "K({})"),
    "parameter_elsewhere": (KEPT, kept(GET).replace("self, o", "self, p=None, o=None"), "K({})"),
    "parameter_of_another_attribute": (KEPT, kept(GET).replace("self.A", "self.B"), "K({})"),
    "computed_by_a_property": (
        KEPT.replace("self.A", "self.A")
        + "\n    A = property(lambda self: self.__dict__['A'], lambda self, o: None)\n",
        kept(GET),
        "K({})",
    ),
    "own_setattr": (
        KEPT + "\n    def __setattr__(self, name, value):\n        object.__setattr__(self, name, {})\n",
        kept(GET),
        "K({})",
    ),
    "effect": (KEPT, kept('self.N = note(o["x"])'), 'K({"x": 1})'),
    "mapping_of_its_own": (KEPT, kept(GET), "K(Own())", "class Own(dict):\n    pass\n"),
    "list": (KEPT, kept("self.N = len(o)"), "K([])"),
    "whole_dict": (KEPT, kept("self.N = len(o)"), "K({})"),
    "item_that_can_change": (KEPT, kept(GET), 'K({"x": []})'),
    "of_the_old_version": (KEPT, kept("self.N = o is UNSET"), "K(lib.UNSET)"),
    "item_of_the_old_version": (KEPT, kept('self.N = o.get("x") is UNSET'), 'K({"x": lib.UNSET})'),
    "raises": (KEPT, kept('self.N = o["x"]'), "K({})"),
    "caller_changed": (
        KEPT + "\n\nclass Sub_K(K):\n    def __init__(self):\n        super().__init__({})\n",
        kept(GET) + '\n\nclass Sub_K(K):\n    def __init__(self):\n        super().__init__({"x": 1})\n',
        "lib.Sub_K()",
    ),
    "after_a_return": (KEPT, kept("if o: return", GET), "K({})"),
    "in_a_try": (KEPT, kept("try:", f"    {GET}", "finally:", "    clean(1)"), "K({})"),
    "local_changed": (COUNT, COUNT + "        n = []\n        n.append(1)\n        self.N = n\n", "K()"),
    "local_changed_later": (COUNT, COUNT + "        n = []\n        self.N = n\n        n.append(1)\n", "K()"),
    "static_method_of_the_program": (
        PLAIN,
        STATIC,
        "Own()",
        "class Own(lib.K):\n    @staticmethod\n    def MAKE(o):\n        return {}\n",
    ),
    "static_method_hidden": (PLAIN, STATIC, "hide(K())", "def hide(k):\n    k.MAKE = len\n    return k\n"),
    "static_method_replaced": (
        PLAIN + "\n    @staticmethod\n    def MAKE(o):\n        return 1\n",
        STATIC,
        "K()",
        "lib.K.MAKE = staticmethod(lambda o: 2)\n",
    ),
    "method": (PLAIN, STATIC.replace("    @staticmethod\n    def MAKE(o)", "    def MAKE(self, o)"), "K()"),
    "keyword_is_true": (
        BASE + WORD,
        word('k = rest.get("k", False)', "n = 1", "if k:", "    n = clean(k)", "self.N = n"),
        "K(1, k=1)",
    ),
    "keyword_changed_before": (
        BASE + WORD.replace("        super", '        rest["k"] = True\n        super'),
        word(*TAKE),
        "K(1)",
    ),
    "keyword_changed_now": (BASE + WORD, word('rest["k"] = True', *TAKE), "K(1)"),
    "keyword_taken_out_now": (BASE + WORD, word(*TAKE).replace("rest.get", "rest.pop"), "K(1)"),
    "keyword_with_another_default": (BASE + WORD, word(*TAKE).replace('"k", False', '"k", 0'), "K(1)"),
    "keyword_named_by_the_call": (
        BASE + WORD.replace("a, **rest)\n", "a, k=True)\n").replace("a, k=True):", "a, **rest):"),
        word(*TAKE),
        "K(1)",
    ),
    "keyword_stored_otherwise": (BASE.replace("= k\n", "= [k]\n") + WORD, word(*TAKE), "K(1)"),
}

HEAD = """import enum


class Unset(enum.Enum):
    UNSET = 1


UNSET = Unset.UNSET
LOG = []


def note(x):
    LOG.append(x)
    return x


def clean(x):
    LOG.append(x)
    return x


"""


def named(text, name):
    """The text with the names of one scenario."""
    return re.sub(r"\b(A|B|K|L|M|N|Base|MAKE|Own|Sub_K|change_K|read_K|poke|hide)\b", rf"\1_{name}", text)


def trees(scenarios):
    """Both versions; in the second one there is code that reads N."""
    reads = ("", "\n\ndef read_K(k):\n    return k.N\n")
    return [
        {
            "lib/__init__.py": HEAD
            + "\n\n".join(named(texts[version] + reads[version], name) for name, texts in scenarios.items())
        }
        for version in (0, 1)
    ]


def made(name, texts, own=""):
    """The program's lines that make a scenario's instance."""
    own = named(own, name)
    call = named(re.sub(r"(?<![.\w])K\(", "lib.K(", texts[2]), name)
    return f"{own}held[{name!r}] = {call}\n".replace(f"lib.lib.K_{name}", f"lib.K_{name}")


def test_known(run):  # noqa: F811
    """What is known is there after the upgrade."""
    body = "held = {}\n" + "".join(made(name, texts) for name, texts in KNOWN.items())
    wanted = {name: texts[3] for name, texts in KNOWN.items()}
    run(
        INSTALL
        + body
        + f"""
__main__.install(2)
midflight.upgrade("lib")
wanted = {wanted!r}
got = {{name: getattr(instance, "N_" + name, "nothing") for name, instance in held.items()}}
assert got == wanted, [(name, got[name], wanted[name]) for name in wanted if got[name] != wanted[name]]
assert lib.LOG == [] and all(type(instance) is getattr(lib, "K_" + name) for name, instance in held.items())
""",
        trees(KNOWN),
    )


def test_unknown(run):  # noqa: F811
    """What is not known is a reason against the upgrade, one for each class; and nothing has run that could be noticed."""
    body = "held = {}\n" + "".join(made(name, texts, *texts[3:]) for name, texts in UNKNOWN.items())
    run(
        INSTALL
        + body
        + textwrap.dedent(
            f"""
            __main__.install(2)
            before = {{name: dict(vars(instance)) for name, instance in held.items()}}
            plan = midflight.plan("lib")
            assert {{reason.code for reason in plan.reasons}} == {{"attributes-added"}}, plan
            refused = {{re.sub("^.*?(?:K|Own)_", "", reason.symbol) for reason in plan.reasons}}
            wanted = {set(UNKNOWN)!r}
            assert refused == wanted, ("live", wanted - refused, "refused", refused - wanted)
            assert lib.LOG == [] and {{name: dict(vars(instance)) for name, instance in held.items()}} == before
            """
        ).replace("__main__.install", "import re\n__main__.install", 1),
        trees(UNKNOWN),
    )
