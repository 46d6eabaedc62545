"""What a release may change. Each edit takes (random, names, package), changes the package and returns whether it did."""

import re

from tests.generated import packages

CALLABLE = ("function", "generator", "coroutine", "cached", "wrapped")


def _pick(random, made, kinds, suits=lambda module, one: True):
    found = [(m, one) for m, all_ in made.items() for one in all_ if one["kind"] in kinds and suits(m, one)]
    return random.choice(found) if found else (None, None)


def _used(made, name):
    """Is the name used by another definition? Then it cannot go or move."""
    word = re.compile(rf"\b{name}\b")
    for definitions in made.values():
        for one in definitions:
            if one["kind"] == "moved" and one["name"] == name:
                return True
            if one["name"] != name and word.search(packages.definition_text(one, "p")):
                return True
    return False


def body(random, names, made):
    module, one = _pick(random, made, (*CALLABLE, "closure"))
    if one:
        one["value"] = packages.value(random)
    return bool(one)


def default(random, names, made):
    module, one = _pick(random, made, CALLABLE)
    if one:
        one["default"] = None if one["default"] else packages.value(random)
    return bool(one)


def constant(random, names, made):
    module, one = _pick(random, made, ("constant",))
    if one:
        one["value"] = packages.value(random)
    return bool(one)


def cell(random, names, made):
    """Another value in a variable that a closure keeps: one made by the module starts with it, one of the program keeps its own."""
    module, one = _pick(random, made, ("closure",))
    if one:
        one["cells"][random.choice(list(one["cells"]))] = packages.value(random)
    return bool(one)


def add(random, names, made):
    module = random.choice(packages.MODULES)
    made[module].append(packages.definition(random, names, made[module]))
    return True


def remove(random, names, made):
    module, one = _pick(random, made, CALLABLE + ("class", "constant"), lambda m, o: not _used(made, o["name"]))
    if one:
        made[module].remove(one)
    return bool(one)


def rename(random, names, made):
    """The definition goes on under another name; for the program the old one is removed and a new one came."""
    module, one = _pick(random, made, CALLABLE + ("class",), lambda m, o: not _used(made, o["name"]))
    if one:
        one["name"] = names("R" if one["kind"] == "class" else "r")
    return bool(one)


def move(random, names, made):
    """To another module, and the old place still exports it."""

    def stands_alone(module, one):
        alone = not one.get("calls") and not one.get("bases") and module != "beta"
        return alone and not any(o["kind"] == "moved" and o["name"] == one["name"] for o in made[module])

    module, one = _pick(random, made, ("function", "class"), stands_alone)
    if one:
        at = made[module].index(one)
        made[module][at] = {"kind": "moved", "name": one["name"], "module": "beta"}
        made["beta"].insert(0, one)
    return bool(one)


def reorder(random, names, made):
    """Behind what follows it."""
    module, one = _pick(
        random, made, CALLABLE, lambda m, o: o is not made[m][-1] and not o["calls"] and not _used(made, o["name"])
    )
    if one:
        made[module].remove(one)
        made[module].append(one)
    return bool(one)


def decorate(random, names, made):
    module, one = _pick(random, made, ("function", "wrapped", "cached"))
    if one:
        one["kind"] = random.choice([kind for kind in ("function", "wrapped", "cached") if kind != one["kind"]])
    return bool(one)


def function_to_class(random, names, made):
    module, one = _pick(random, made, ("function",), lambda m, o: not _used(made, o["name"]))
    if one:
        one.update(kind="class", bases=[], members=[packages.member(random, names)], attribute=packages.value(random))
    return bool(one)


def member_body(random, names, made):
    module, one = _pick(random, made, ("class",))
    if one:
        random.choice(one["members"])["value"] = packages.value(random)
    return bool(one)


def member_added(random, names, made):
    module, one = _pick(random, made, ("class",))
    if one:
        fresh = packages.member(random, names)
        if any(m["name"] == fresh["name"] for m in one["members"]):
            return False
        one["members"].append(fresh)
    return bool(one)


def member_removed(random, names, made):
    module, one = _pick(random, made, ("class",), lambda m, o: len(o["members"]) > 1)
    if one:
        one["members"].remove(random.choice(one["members"]))
    return bool(one)


def member_kind(random, names, made):
    """A property becomes a method, a method static, ..."""
    module, one = _pick(random, made, ("class",))
    members = [m for m in one["members"] if m["kind"] in ("method", "property", "static", "classmethod")] if one else []
    if members:
        chosen = random.choice(members)
        chosen["kind"] = random.choice(
            [k for k in ("method", "property", "static", "classmethod") if k != chosen["kind"]]
        )
    return bool(members)


def base(random, names, made):
    """A base class more, or one less."""
    module, one = _pick(random, made, ("class",), lambda m, o: o["bases"] or _classes_before(made[m], o))
    if one:
        one["bases"] = [] if one["bases"] else [random.choice(_classes_before(made[module], one))]
    return bool(one)


def _classes_before(definitions, one):
    return [other["name"] for other in definitions[: definitions.index(one)] if other["kind"] == "class"]


def table(random, names, made):
    module, one = _pick(random, made, ("table",))
    if one:
        functions = [
            o["name"] for o in made[module][: made[module].index(one)] if o["kind"] in ("function", "wrapped", "cached")
        ]
        if not functions:
            return False
        one["entries"] = random.sample(functions, random.randrange(1, len(functions) + 1))
    return bool(one)


KINDS = (
    body, default, constant, cell, add, remove, rename, move, reorder, decorate, function_to_class, member_body, member_added,
    member_removed, member_kind, base, table,
)  # fmt: skip
