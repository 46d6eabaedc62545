"""What a release may change. Each edit takes (random, names, package), changes the package and returns whether it did."""

import re

from tests.generated import packages
from tests.generated.packages import CALLABLE


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
            if name not in (one["name"], one.get("alias")) and word.search(packages.definition_text(one, "p")):
                return True
    return False


def _free(made, one):
    """Nothing else uses it, under neither of its names."""
    return not _used(made, one["name"]) and not (one.get("alias") and _used(made, one["alias"]))


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


def keyword(random, names, made):
    """A keyword-only argument comes, or has another default."""
    module, one = _pick(random, made, ("function", "generator", "coroutine", "asyncgen"))
    if one:
        one["keyword"] = packages.value(random)
    return bool(one)


def doc(random, names, made):
    module, one = _pick(random, made, CALLABLE)
    if one:
        one["doc"] = None if one.get("doc") else "What it does."
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
    module, one = _pick(random, made, (*CALLABLE, "class", "constant", "enum"), lambda m, o: _free(made, o))
    if one:
        made[module].remove(one)
    return bool(one)


def rename(random, names, made):
    """The definition goes on under another name; for the program the old one is removed and a new one came."""
    module, one = _pick(random, made, (*CALLABLE, "class"), lambda m, o: not _used(made, o["name"]))
    if one:
        one["name"] = names("R" if one["kind"] == "class" else "r")
    return bool(one)


def alias(random, names, made):
    """The definition goes on under another name, and the old name is bound to it too: the program's follow."""
    module, one = _pick(random, made, ("function", "generator", "coroutine", "class"), lambda m, o: "alias" not in o)
    if one:
        one["alias"], one["name"] = one["name"], names("A" if one["kind"] == "class" else "a")
    return bool(one)


def move(random, names, made):
    """To another module, and the old place still exports it."""

    def stands_alone(module, one):
        alone = not any(one.get(part) for part in ("calls", "reads", "bases", "meta", "alias")) and module != "beta"
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
        random,
        made,
        CALLABLE,
        lambda m, o: o is not made[m][-1] and not o["calls"] and not o["reads"] and _free(made, o),
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
    """Without an lru_cache in it: that would keep instances alive, for which there is no class on the way back."""
    module, one = _pick(random, made, ("function",), lambda m, o: _free(made, o))
    if one:
        member = packages.member(random, names)
        member["kind"] = "method" if member["kind"] == "cached" else member["kind"]
        one.update(kind="class", style="plain", bases=[], meta=None, members=[member], fields={})
        one["attribute"] = packages.value(random)
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


def attribute(random, names, made):
    """What instances begin with; live ones keep theirs."""
    module, one = _pick(random, made, ("class",))
    if one:
        one["attribute"] = packages.value(random)
    return bool(one)


def member_of(kind):
    """An edit of members of this kind: another value in them, or one comes."""

    def edit(random, names, made):
        module, one = _pick(random, made, ("class",), lambda m, o: kind in [other["kind"] for other in o["members"]])
        if one:
            random.choice([m for m in one["members"] if m["kind"] == kind])["value"] = packages.value(random)
        return bool(one)

    edit.__name__ = f"{kind}_changed"
    return edit


def slots(random, names, made):
    """Instances lie in memory in another way."""
    others = {"plain": "slots", "slots": "plain", "dataclass": "dataslots", "dataslots": "dataclass"}
    module, one = _pick(
        random, made, ("class",), lambda m, o: o["style"] in others and not o["bases"] and not o["meta"]
    )
    if one:
        one["style"] = others[one["style"]]
    return bool(one)


def field_added(random, names, made):
    module, one = _pick(random, made, ("class",), lambda m, o: o["style"] in packages.DATA)
    if one:
        one["fields"][names("d")] = packages.value(random)
    return bool(one)


def field_changed(random, names, made):
    """Another default, or the field goes."""
    module, one = _pick(random, made, ("class",), lambda m, o: o["fields"])
    if one and random.random() < 0.5:
        one["fields"].pop(random.choice(list(one["fields"])))
    elif one:
        one["fields"][random.choice(list(one["fields"]))] = packages.value(random)
    return bool(one)


def enum_member(random, names, made):
    """One comes, one goes, or one has another value."""
    module, one = _pick(random, made, ("enum",))
    if one and len(one["members"]) > 1 and random.random() < 0.3:
        one["members"].pop(random.choice(list(one["members"])))
    elif one:
        fresh = random.random() < 0.5
        name = names("M") if fresh else random.choice(list(one["members"]))
        one["members"][name] = names("")  # a number that no member had
    return bool(one)


def enum_method(random, names, made):
    module, one = _pick(random, made, ("enum",))
    if one:
        one["value"] = packages.value(random)
    return bool(one)


def meta_method(random, names, made):
    module, one = _pick(random, made, ("meta",))
    if one:
        one["value"] = packages.value(random)
    return bool(one)


def metaclass(random, names, made):
    """A class gains or loses a metaclass."""

    def suits(module, one):
        return one["style"] == "plain" and not one["bases"] and (one["meta"] or _before(made[module], one, "meta"))

    module, one = _pick(random, made, ("class",), suits)
    if one:
        one["meta"] = None if one["meta"] else random.choice(_before(made[module], one, "meta"))
    return bool(one)


def base(random, names, made):
    """A base class more, or one less."""

    def suits(module, one):
        return one["style"] == "plain" and not one["meta"] and (one["bases"] or _classes_before(made[module], one))

    module, one = _pick(random, made, ("class",), suits)
    if one:
        one["bases"] = [] if one["bases"] else [random.choice(_classes_before(made[module], one))]
    return bool(one)


def _before(definitions, one, kind):
    return [other["name"] for other in definitions[: definitions.index(one)] if other["kind"] == kind]


def _classes_before(definitions, one):
    earlier = definitions[: definitions.index(one)]
    return [other["name"] for other in earlier if other["kind"] == "class" and other["style"] in ("plain", "slots")]


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
    body, default, keyword, doc, constant, cell, add, remove, rename, alias, move, reorder, decorate, function_to_class, attribute,
    member_body, member_added, member_removed, member_kind, member_of("nested"), member_of("property"), member_of("generator"),
    member_of("cached"), member_of("computed"), slots, field_added, field_changed, enum_member, enum_method, meta_method, metaclass,
    base, table,
)  # fmt: skip
