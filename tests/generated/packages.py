"""Random packages and random edits of them: what a release may do to definitions.

A package is a dict: module name -> list of definitions, in order. A definition is a small dict with "kind" and "name"
that `source` puts into words; an edit changes the package in place and returns its kind, or None where it finds nothing to change. The
randomness comes from outside, so that hypothesis can choose and shrink it.
"""

MODULES = ("", "alpha", "beta")
SIMPLE = ("function", "generator", "coroutine", "cached", "wrapped", "closure", "constant", "table", "partial", "class")


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
    kind = random.choice((*SIMPLE, "class"))
    made = {"kind": kind, "name": names(kind[0].upper() if kind == "class" else kind[0]), "value": value(random)}
    functions = [one["name"] for one in earlier if one["kind"] in ("function", "wrapped", "cached", "closure")]
    if kind in ("table", "partial") and not functions:
        made["kind"] = kind = "constant"
    if kind in ("function", "generator", "coroutine", "cached", "wrapped"):
        made["default"] = random.choice([None, value(random)])
        made["calls"] = random.choice([None, *functions])
    elif kind == "closure":
        made["cells"] = {names("v"): value(random) for _ in range(random.randrange(1, 3))}
    elif kind == "table":
        made["entries"] = random.sample(functions, random.randrange(1, len(functions) + 1))
    elif kind == "partial":
        made["function"] = random.choice(functions)
    elif kind == "class":
        bases = [one["name"] for one in earlier if one["kind"] == "class"]
        made["bases"] = [random.choice(bases)] if bases and random.random() < 0.5 else []
        made["members"] = [member(random, names) for _ in range(random.randrange(1, 5))]
        made["attribute"] = value(random)
    return made


def member(random, names):
    kind = random.choice(["method", "method", "property", "static", "classmethod", "constant", "nested", "special"])
    name = "__len__" if kind == "special" else names(kind[0])
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


def function_text(one, head="def", extra=""):
    default = "" if one["default"] is None else f", y={one['default']}"
    call = "" if one["calls"] is None else f", {one['calls']}(x)"
    result = f"('{one['name']}', x, {one['value']}{call})"
    if one["kind"] == "generator":
        return f"def {one['name']}(x{default}):\n    yield {one['value']}\n    yield {result}\n    yield x\n"
    return f"{extra}{head} {one['name']}(x{default}):\n    return {result}\n"


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
    "special": "    def __len__(self):\n        return len(repr({value}))\n",
}


def class_text(one):
    bases = f"({', '.join(one['bases'])})" if one["bases"] else ""
    init = f"    def __init__(self):\n        self.attribute = {one['attribute']}\n"
    if one["bases"]:
        init = "    def __init__(self):\n        super().__init__()\n" + init.split("\n", 1)[1]
    return (
        f"class {one['name']}{bases}:\n" + init + "".join("\n" + MEMBERS[m["kind"]].format(**m) for m in one["members"])
    )


def definition_text(one, package_name):
    kind = one["kind"]
    if kind == "class":
        return class_text(one)
    if kind == "closure":
        return closure_text(one)
    if kind == "constant":
        return f"{one['name']} = {one['value']}\n"
    if kind == "table":
        return f"{one['name']} = {{" + ", ".join(f"'{name}': {name}" for name in one["entries"]) + "}\n"
    if kind == "partial":
        return f"{one['name']} = functools.partial({one['function']}, {one['value']})\n"
    if kind == "moved":
        return f"from {package_name}.{one['module']} import {one['name']}\n"
    extra = {"cached": "@functools.lru_cache(maxsize=None)\n", "wrapped": "@wrapper\n"}.get(kind, "")
    return function_text(one, "async def" if kind == "coroutine" else "def", extra)


HEAD = """import functools


def wrapper(function):
    @functools.wraps(function)
    def wrapped(*args):
        return ("wrapped", function(*args))
    return wrapped


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
