"""Random packages and random edits of them: what a release may do to definitions.

A package is a dict: module name -> list of definitions, in order. A definition is a small dict with "kind" and "name"
that `source` puts into words; an edit changes the package in place and returns its kind, or None where it finds nothing to change. The
randomness comes from outside, so that hypothesis can choose and shrink it.
"""

MODULES = ("", "alpha", "beta")
CALLABLE = ("function", "generator", "coroutine", "asyncgen", "cached", "wrapped")
SIMPLE = (*CALLABLE, "closure", "constant", "table", "partial", "class", "class", "enum", "meta", "context")
MEMBERS_OF_ALL = ("method", "method", "property", "static", "classmethod", "constant", "nested", "special", "generator", "coroutine",
                  "cached", "computed")  # fmt: skip
STYLES = ("plain", "plain", "plain", "slots", "dataclass", "dataslots", "frozen")
DATA = ("dataclass", "dataslots", "frozen")


class Names:
    """Fresh names; a name never comes back with another meaning."""

    def __init__(self):
        self.n = 0

    def __call__(self, prefix):
        self.n += 1
        return f"{prefix}{self.n}"


def value(random):
    """The text of a constant."""
    return random.choice(
        [
            lambda: str(random.randrange(1000)),
            lambda: repr("text" + str(random.randrange(100))),
            lambda: f"({random.randrange(9)}, 'a', None)",
            lambda: f"frozenset({{{random.randrange(9)}, {random.randrange(9)}}})",
            lambda: f"{random.randrange(99)}.5",
        ]
    )()


def definition(random, names, earlier):
    """A new definition that may refer to what is defined before it in its module."""
    kind = random.choice(SIMPLE)
    capital = kind in ("class", "enum", "meta")
    made = {"kind": kind, "name": names(kind[0].upper() if capital else kind[0]), "value": value(random)}
    functions = [one["name"] for one in earlier if one["kind"] in ("function", "wrapped", "cached", "closure")]
    if kind in ("table", "partial") and not functions:
        made["kind"] = kind = "constant"
    if kind in CALLABLE:
        made["default"] = random.choice([None, value(random)])
        made["calls"] = random.choice([None, *functions])
        made["reads"] = random.choice([None, *(one["name"] for one in earlier if one["kind"] == "constant")])
    elif kind == "closure":
        made["cells"] = {names("v"): value(random) for _ in range(random.randrange(1, 3))}
    elif kind == "table":
        made["entries"] = random.sample(functions, random.randrange(1, len(functions) + 1))
    elif kind == "partial":
        made["function"] = random.choice(functions)
    elif kind == "enum":
        made["members"] = {names("M"): str(n) for n in range(random.randrange(2, 5))}
    elif kind == "class":
        fill_class(random, names, earlier, made)
    return made


def fill_class(random, names, earlier, made):
    """Its style, bases, members."""
    made["style"] = random.choice(STYLES)
    bases = [one["name"] for one in earlier if one["kind"] == "class" and one["style"] in ("plain", "slots")]
    metas = [one["name"] for one in earlier if one["kind"] == "meta"]
    made["bases"] = [random.choice(bases)] if bases and made["style"] == "plain" and random.random() < 0.6 else []
    made["meta"] = random.choice(metas) if metas and made["style"] == "plain" and not made["bases"] else None
    made["members"] = [member(random, names) for _ in range(random.randrange(1, 5))]
    made["attribute"] = value(random)
    made["fields"] = {names("d"): value(random) for _ in range(random.randrange(3))} if made["style"] in DATA else {}


def member(random, names):
    kind = random.choice(MEMBERS_OF_ALL)
    name = random.choice(("__len__", "__call__", "__contains__")) if kind == "special" else names(kind[:2])
    return {"kind": kind, "name": name, "value": value(random)}


def package(random, names):
    """Three modules with a few definitions each."""
    made = {}
    for module in MODULES:
        made[module] = []
        for _ in range(random.randrange(2, 6)):
            made[module].append(definition(random, names, made[module]))
    return made


# ---- text ----


def function_text(one, extra=""):
    default = "" if one["default"] is None else f", y={one['default']}"
    call = "" if one["calls"] is None else f", {one['calls']}(x)"
    call += ", y" if default else ""
    default += "" if one.get("keyword") is None else f", *, key={one['keyword']}"
    call += "" if one.get("keyword") is None else ", key"
    call += "" if one.get("reads") is None else f", {one['reads']}"
    result = f"('{one['name']}', x, {one['value']}{call})"
    head = "async def" if one["kind"] in ("coroutine", "asyncgen") else "def"
    head = f"{extra}{head} {one['name']}(x{default}):\n" + (f"    {one['doc']!r}\n" if one.get("doc") else "")
    if one["kind"] in ("generator", "asyncgen"):
        return f"{head}    yield {one['value']}\n    yield {result}\n    yield x\n"
    if one["kind"] == "coroutine":
        return f"{head}    await pause()\n    return {result}\n"
    return f"{head}    return {result}\n"


def closure_text(one):
    cells = one["cells"]
    lines = "".join(f"    {cell} = {text}\n" for cell, text in cells.items())
    return (
        f"def make_{one['name']}(z):\n{lines}    def inner(x):\n        return ({', '.join(cells)}, z, x, {one['value']})\n"
        f"    return inner\n\n\n{one['name']} = make_{one['name']}(1)\n"
    )


MEMBERS = {
    "method": "    def {name}(self, x=0):\n        return (self.attribute, x, {value})\n",
    "property": "    @property\n    def {name}(self):\n        return (self.attribute, {value})\n",
    "static": "    @staticmethod\n    def {name}(x=0):\n        return (x, {value})\n",
    "classmethod": "    @classmethod\n    def {name}(cls, x=0):\n        return (cls.__name__, x, {value})\n",
    "constant": "    {name} = {value}\n",
    "nested": "    class {name}:\n        def inside(self):\n            return {value}\n",
    "generator": "    def {name}(self, x=0):\n        yield {value}\n        yield (self.attribute, x)\n",
    "coroutine": "    async def {name}(self, x=0):\n        await pause()\n        return (self.attribute, x, {value})\n",
    "cached": "    @functools.lru_cache(maxsize=8)\n    def {name}(self, x=0):\n        return (x, {value})\n",
    "computed": "    @functools.cached_property\n    def {name}(self):\n        return ({value},)\n",
    "__len__": "    def __len__(self):\n        return len(repr({value}))\n",
    "__call__": "    def __call__(self, x=0):\n        return (x, {value})\n",
    "__contains__": "    def __contains__(self, x):\n        return x == {value}\n",
}


def member_text(one, style):
    kind = one["name"] if one["kind"] == "special" else one["kind"]
    # What needs a __dict__ is a plain property where there is none.
    kind = "property" if kind == "computed" and style in ("slots", "dataslots") else kind
    return MEMBERS[kind].format(**one)


def class_text(one):
    style, heads = one["style"], [*one["bases"], *([f"metaclass={one['meta']}"] if one["meta"] else [])]
    head = f"class {one['name']}" + (f"({', '.join(heads)})" if heads else "") + ":\n"
    members = "".join("\n" + member_text(m, style) for m in one["members"])
    if style in DATA:
        options = {"dataclass": "eq=False", "dataslots": "eq=False, slots=True", "frozen": "frozen=True"}[style]
        fields = {"attribute": one["attribute"], **one["fields"]}
        lines = "".join(f"    {field}: object = {text}\n" for field, text in fields.items())
        return f"@dataclasses.dataclass({options})\n{head}{lines}{members}"
    if style == "slots":
        head += "    __slots__ = ('attribute', '__weakref__')\n"
    up = "        super().__init__()\n" if one["bases"] else ""
    return f"{head}    def __init__(self):\n{up}        self.attribute = {one['attribute']}\n{members}"


def enum_text(one):
    members = "".join(f"    {name} = {text}\n" for name, text in one["members"].items())
    return (
        f"class {one['name']}(enum.Enum):\n{members}\n    def told(self):\n        return (self.name, {one['value']})\n"
    )


def definition_text(one, package_name):
    text = plain_text(one, package_name)
    return text + f"\n\n{one['alias']} = {one['name']}\n" if one.get("alias") else text


def plain_text(one, package_name):
    kind, name = one["kind"], one["name"]
    if kind == "class":
        return class_text(one)
    if kind == "closure":
        return closure_text(one)
    if kind == "enum":
        return enum_text(one)
    if kind == "meta":
        return f"class {name}(type):\n    def hello(cls):\n        return (cls.__name__, {one['value']})\n"
    if kind == "context":
        return f"{name} = contextvars.ContextVar('{name}', default=1)\n"
    if kind == "constant":
        return f"{name} = {one['value']}\n"
    if kind == "table":
        return f"{name} = {{" + ", ".join(f"'{name}': {name}" for name in one["entries"]) + "}\n"
    if kind == "partial":
        return f"{name} = functools.partial({one['function']}, {one['value']})\n"
    if kind == "moved":
        return f"from {package_name}.{one['module']} import {name}\n"
    extra = {"cached": "@functools.lru_cache(maxsize=None)\n", "wrapped": "@wrapper\n"}.get(kind, "")
    return function_text(one, extra)


HEAD = """import contextvars
import dataclasses
import enum
import functools
import types


def wrapper(function):
    @functools.wraps(function)
    def wrapped(*args):
        return ("wrapped", function(*args))
    return wrapped


@types.coroutine
def pause():
    yield


"""


def source(made, name, comments=0):
    """The files of the package: relative path -> text."""
    files = {}
    for module, definitions in made.items():
        text = "# a line\n" * comments + HEAD + "\n\n".join(definition_text(one, name) for one in definitions)
        if module == "":
            text += f"\n\nfrom {name} import alpha, beta\n"
        files[f"{name}/{module or '__init__'}.py"] = text
    return files
