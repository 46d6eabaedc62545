"""The program of the generated tests of state: changes what each package holds, keeps objects everywhere, upgrades, and writes down
what is where. What it writes is judged by state_model.py, in another process.

MIDFLIGHT_GENERATED names a JSON file: "packages" (name -> statements), "path" of the folder with the tests, "upgrade".
"""

import collections
import enum
import functools
import gc
import importlib
import json
import os
import types
import weakref

with open(os.environ["MIDFLIGHT_GENERATED"]) as _file:
    SETTINGS = json.load(_file)
PAYLOADS = (int, str, float, bytes, tuple, frozenset, dict, list, set, Exception)
ATOMS = (int, str, float, bytes, bool, type(None))
VALUES = (*ATOMS, tuple, frozenset)  # what has no identity


# ---- what is where ----


def describe(thing, seen):
    """A value as {"kind", "id", "class", "content", "attributes"}; atoms are ["int", "5"]."""
    if type(thing) in ATOMS:
        return [type(thing).__name__, repr(thing)]
    if isinstance(thing, enum.Enum):
        return ["member", type(thing).__name__, str(thing.name), repr(thing.value), repr(vars(thing).get("note"))]
    if isinstance(thing, (type, types.FunctionType)):
        return ["definition", thing.__qualname__]
    if id(thing) in seen:
        return ["seen"]
    seen = {**seen, id(thing): thing}
    node = {"kind": "object", "id": id(thing), "class": type(thing).__name__, "content": None, "attributes": {}}
    base = next((one for one in (*PAYLOADS, collections.deque) if isinstance(thing, one)), object)
    if base is dict:
        node["kind"], node["content"] = "dict", [[repr(key), describe(one, seen)] for key, one in dict.items(thing)]
    elif base in (set, frozenset):
        node["kind"], node["content"] = base.__name__, sorted(map(repr, base.__iter__(thing)))
    elif base is tuple and hasattr(thing, "_fields"):
        node["kind"] = "named"
        node["content"] = [[name, describe(one, seen)] for name, one in zip(thing._fields, thing, strict=True)]
    elif base in (list, tuple, collections.deque):
        node["kind"], node["content"] = base.__name__, [describe(one, seen) for one in base.__iter__(thing)]
    elif base is Exception:
        node["content"] = repr(thing.args)
    elif base is not object:
        node["content"] = base.__repr__(thing)
    if type(thing).__module__ in SETTINGS["packages"]:
        node["attributes"] = {name: describe(one, seen) for name, one in attributes(thing).items()}
    return node


def attributes(thing):
    found = dict(getattr(thing, "__dict__", {}))
    for cls in type(thing).__mro__:
        for name, slot in cls.__dict__.items():
            if isinstance(slot, types.MemberDescriptorType) and cls.__module__ in SETTINGS["packages"]:
                try:
                    found[name] = slot.__get__(thing)
                except AttributeError:
                    pass
    return found


def module_state(module):
    """name -> description; classes and functions with what they hold."""
    state = {}
    for name, thing in module.__dict__.items():
        if name.startswith("__") or isinstance(thing, types.ModuleType):
            continue
        if isinstance(thing, enum.EnumMeta):
            state[name] = {"kind": "enum", "members": [[n, repr(m.value)] for n, m in thing.__members__.items()]}
            state[name]["each"] = [describe(member, {}) for member in thing]
        elif isinstance(thing, type):
            data = {k: v for k, v in thing.__dict__.items() if k in ("level", "shared") or k[0] == "p"}
            state[name] = {"kind": "class", "attributes": {k: describe(v, {}) for k, v in data.items()}}
            defaults = getattr(thing, "_field_defaults", {})  # every named tuple made without the field holds them
            state[name]["attributes"].update({f"default {k}": describe(v, {}) for k, v in defaults.items()})
        elif isinstance(thing, types.FunctionType):
            defaults = [describe(one, {}) for one in thing.__defaults__ or ()]
            state[name] = {"kind": "function", "attributes": {k: describe(v, {}) for k, v in thing.__dict__.items()}}
            state[name]["attributes"].update({f"default {n}": one for n, one in enumerate(defaults)})
        else:
            state[name] = describe(thing, {})
    return state


def fresh_instances(module):
    """What a new instance of each class is: what live ones must have got."""
    made = {}
    for name, thing in module.__dict__.items():
        if isinstance(thing, type) and thing.__module__ == module.__name__ and not isinstance(thing, enum.EnumMeta):
            made[name] = describe(thing(), {})
    return made


# ---- what a program holds ----


class Holder:
    pass


def closure_over(thing):
    return lambda: thing


def generator_over(thing):
    yield
    yield thing


class Held:
    """Objects, each in everything that can hold one."""

    def __init__(self):
        self.places = []

    def keep(self, thing, weak):
        holder = Holder()
        holder.thing, suspended = thing, generator_over(thing)
        next(suspended)
        place = {"list": [thing], "tuple": (thing, 1), "value": {1: thing}, "attribute": holder, "closure": closure_over(thing),
                 "generator": suspended, "partial": functools.partial(print, thing), "deque": collections.deque([thing])}  # fmt: skip
        if type(thing).__hash__ is not None:
            try:
                place["key"], place["set"] = {thing: 1}, {thing}
            except TypeError:
                pass
        if hasattr(thing, "look"):
            place["method"] = thing.look
        if weak:
            place["weak"] = weakref.ref(thing)
        self.places.append(place)

    def __call__(self, place):
        """What each place holds now: name -> object."""
        found = {
            "list": place["list"][0], "tuple": place["tuple"][0], "value": place["value"][1], "attribute": place["attribute"].thing,
            "closure": place["closure"](), "generator": next(place["generator"]), "partial": place["partial"].args[0],
            "deque": place["deque"][0],
        }  # fmt: skip
        if "key" in place:
            (found["key"],), (found["set"],) = place["key"], place["set"]
            if found["key"] not in place["key"] or found["set"] not in place["set"]:
                found["key"] = "not found by its hash"
        if "method" in place:
            found["method"] = place["method"].__self__
        if "weak" in place:
            found["weak"] = place["weak"]()
        return found

    def wrong(self, module):
        wrong = []
        for n, place in enumerate(self.places):
            first = place["list"][0]
            others = [name for name, one in self(place).items() if one is not first]
            wrong += [f"kept {n}: {others} hold another object than the list"] if others else []
            if type(first) is not getattr(module, type(first).__name__, None):
                wrong.append(f"kept {n}: its class is not the module's {type(first).__name__}")
            if isinstance(first, enum.Enum):
                current = getattr(type(first), "_member_map_", {}).get(first.name)
                wrong += (
                    [f"kept {n}: not the module's {first!r}"] if current is not None and current is not first else []
                )
            elif len(first.look()) != len(module_fields(first)):
                wrong.append(f"kept {n}: look() does not see its attributes")
        return wrong


def module_fields(thing):
    return type(thing)().look()


def is_one(thing):
    """Has it an identity that a place keeps? A member of an enumeration follows its own name, not the place that it is bound to: an alias
    may have become a member."""
    return type(thing) not in VALUES and not isinstance(thing, enum.Enum)


def paths(module):
    """(path, object) for what the package holds: to be held too, and found again."""
    for name, thing in module.__dict__.items():
        if name.startswith("__") or isinstance(thing, types.ModuleType) or not is_one(thing):
            continue
        yield name, thing
        if isinstance(thing, dict):
            yield from ((f"{name}[{key!r}]", one) for key, one in thing.items() if is_one(one))
        if isinstance(thing, types.FunctionType):
            yield from ((f"{name}.default", one) for one in thing.__defaults__ or () if is_one(one))


def one(name, statements, step):
    import midflight

    import __main__

    module = importlib.import_module(name)
    seen = {"base": module_state(module), "places before": [[path, id(thing)] for path, thing in paths(module)]}
    held = Held()
    scope = {"lib": module, "keep": held.keep}
    for statement in statements:
        exec(statement, scope)
    scope.clear()
    seen["ours"] = module_state(module)
    seen["kept before"] = [describe(place["list"][0], {}) for place in held.places]
    before = list(paths(module))
    seen["places ours"] = [[path, id(thing)] for path, thing in before]
    __main__.install(step)
    try:
        report = midflight.upgrade(name)
    except midflight.UpgradeRefused as refusal:
        return {**seen, "refused": [[reason.code, str(reason)] for reason in refusal.reasons]}
    seen["now"] = module_state(module)
    seen["kept now"] = [describe(place["list"][0], {}) for place in held.places]
    after = dict(paths(module))
    seen["held"] = [[path, id(thing), type(thing) is type(after.get(path))] for path, thing in before]
    seen["places now"] = [[path, id(thing)] for path, thing in after.items()]
    seen["fresh"] = fresh_instances(module)
    seen["wrong"] = held.wrong(module)
    seen["conflicts"] = [conflict.symbol for conflict in report.conflicts]
    gc.collect()
    seen["alive"] = list(report.old_generation)
    return seen


def main(upgrade, result):
    if SETTINGS["upgrade"]:
        for name in SETTINGS["packages"]:
            importlib.import_module(name)
        steps = enumerate(SETTINGS["packages"].items(), 1)
        result["steps"] = {name: one(name, statements, step) for step, (name, statements) in steps}
    else:
        result["theirs"] = {name: module_state(importlib.import_module(name)) for name in SETTINGS["packages"]}
