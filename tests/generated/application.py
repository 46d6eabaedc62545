"""The program of the generated tests: holds everything of each package in every common way, upgrades, and looks.

MIDFLIGHT_GENERATED names a JSON file: "packages" (name -> "kept", "added": below, and "way": the upgrades and rollbacks to make),
"path" of the folder with the tests, "upgrade". "kept" lists what both versions have ("name", or "Class.member"): the program lets go of
what a release removes before it comes, or that would rightly live on.
"""

import contextvars
import dataclasses
import enum
import functools
import gc
import importlib
import json
import os
import sys
import types
import weakref

with open(os.environ["MIDFLIGHT_GENERATED"]) as _file:
    SETTINGS = json.load(_file)
sys.path.insert(0, SETTINGS["path"])
import observe  # noqa: E402

sys.path.remove(SETTINGS["path"])
DEFINED = (types.FunctionType, type, functools._lru_cache_wrapper, functools.partial, dict, contextvars.ContextVar)


def modules_of(name):
    return [importlib.import_module(name + part) for part in ("", ".alpha", ".beta")]


class Held:
    """What a program holds of one package; places are (module, name)."""

    def __init__(self, name, kept):
        self.kept = set(kept)
        self.things, self.instances, self.bound, self.partials, self.keys, self.subclasses = {}, {}, [], {}, {}, {}
        self.keyed, self.members, self.overridden, self.context = {}, {}, {}, contextvars.copy_context()
        self.made, self.suspended, self.listed = {}, [], []
        for module in modules_of(name):
            for key, thing in list(module.__dict__.items()):
                if isinstance(thing, DEFINED) and key in self.kept:
                    self.hold((module.__name__, key), thing)

    def hold(self, place, thing):
        self.things[place] = thing
        self.listed.append((place, [thing]))
        if isinstance(thing, functools._lru_cache_wrapper):
            thing(7)
        if isinstance(thing, enum.EnumMeta):
            self.keys[thing] = place
            self.members[place] = {m.name: (m, {m: m.name}) for m in thing if f"{place[1]}.{m.name}" in self.kept}
        elif isinstance(thing, type):
            self.keys[thing] = place
            if not issubclass(thing, type):
                self.hold_class(place, thing)
        elif isinstance(thing, contextvars.ContextVar):
            self.context.run(thing.set, place)
        elif isinstance(thing, types.FunctionType):
            self.partials[place] = functools.partial(thing, 7)
            self.keys[thing] = place
            if place[1].startswith("make_"):
                self.made[place] = thing(5)
            self.suspend(place, thing(7) if thing.__code__.co_flags & 0x2A0 else None, 7)

    def hold_class(self, place, cls):
        instance = self.instances[place] = cls()
        observe.use_instance(instance)  # what it computes and remembers
        instance_of_own = type("Sub" + place[1], (cls,), {"own": lambda self: "own"})
        self.subclasses[place] = (instance_of_own, instance_of_own())
        if getattr(cls, "__dataclass_params__", None) and cls.__dataclass_params__.frozen:
            self.keyed[instance] = place
        for name, member in cls.__dict__.items():
            if f"{place[1]}.{name}" not in self.kept:
                continue
            if isinstance(member, type):
                self.listed.append(((*place, name), [member]))
                self.bound.append(((*place, name), member().inside))
            elif isinstance(member, (types.FunctionType, classmethod, functools._lru_cache_wrapper)):
                bound = getattr(instance, name)
                self.bound.append(((*place, name), bound))
                self.partials[(*place, name)] = functools.partial(bound, 3)
                if isinstance(member, types.FunctionType):
                    self.suspend((*place, name), bound(3) if member.__code__.co_flags & 0x2A0 else None, None)

    def suspend(self, place, running, last):
        """A call that has begun: a generator, coroutine or async generator, and what it must end with."""
        if isinstance(running, types.GeneratorType):
            next(running)
        elif isinstance(running, types.CoroutineType):
            running.send(None)
        elif isinstance(running, types.AsyncGeneratorType):
            observe.finish(running.__anext__())
        if running is not None:
            self.suspended.append((place, running, last))

    def find(self, place):
        """What stands at the place now."""
        thing = getattr(sys.modules.get(place[0]), place[1], None)
        return thing.__dict__.get(place[2]) if len(place) > 2 and isinstance(thing, type) else thing

    def wrong(self):
        """What is not as it must be after the upgrade, in sentences."""
        found = []
        for place, running, last in self.suspended:
            coroutine = isinstance(running, types.CoroutineType)
            end = observe.result_of(running)
            end = end if coroutine else end[-1]
            if last is not None and last != (end[1] if coroutine else end):
                found.append(f"{place}: what was suspended ended with {end}")
        self.suspended.clear()  # an ended call keeps its code
        found += [f"{place}: in a list" for place, (thing,) in self.listed if thing is not self.find(place)]
        for place, thing in self.things.items():
            if self.find(place) is not thing:
                found.append(f"{place}: what is held is not what the module has")
            if isinstance(thing, contextvars.ContextVar) and self.context[thing] != place:
                found.append(f"{place}: a context lost its value")
        for key, place in [*self.keys.items(), *self.keyed.items()]:
            keys = self.keyed if key in self.keyed else self.keys
            if keys.get(key) != place or key is not (self.instances if keys is self.keyed else self.things)[place]:
                found.append(f"{place}: as a key")
        for place, instance in self.instances.items():
            found += self.wrong_instance(place, instance) + self.wrong_subclass(place)
        for place, partial in self.partials.items():
            if not isinstance(self.things.get(place), type) and not self.same_code(place, partial.func):
                found.append(f"{place}: partial")
        found += [f"{place}: bound method" for place, bound in self.bound if not self.same_code(place, bound)]
        for place, members in self.members.items():
            for name, (member, table) in members.items():
                if self.things[place].__members__.get(name) is not member or table.get(member) != name:
                    found.append(f"{place}.{name}: member")
        return found

    def same_code(self, place, thing):
        """Is it the function at the place, or a method of its own instance?"""
        now = self.find(place)
        if len(place) == 2 or not isinstance(thing, types.MethodType):
            return thing is now or len(place) > 2
        if isinstance(now, type):
            return thing.__func__ is now.__dict__["inside"] and type(thing.__self__) is now
        mine = thing.__self__ in (self.things[place[:2]], self.instances[place[:2]])
        return mine and thing.__func__ is (now.__func__ if isinstance(now, classmethod) else now)

    def wrong_subclass(self, place):
        cls, instance = self.subclasses[place]
        if not isinstance(self.things[place], type):
            return []
        if self.things[place] not in cls.__mro__ or cls().own() != "own" or instance.own() != "own":
            return [f"{place}: subclass"]
        return [] if type(cls) is type(self.things[place]) else [f"{place}: the metaclass of the subclass"]

    def wrong_instance(self, place, instance):
        cls = self.things[place]
        if type(instance) is not cls:
            return [f"{place}: the instance is of another class"]
        fresh = cls()
        names = dir(fresh)
        for field in [one.name for one in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else ["attribute"]:
            object.__setattr__(fresh, field, getattr(instance, field))
        seen, expected = observe.use_instance(instance, names), observe.use_instance(fresh, names)
        return [f"{place}: the instance does {seen}, not {expected}"] if seen != expected else []


def old_codes(name):
    prefix = modules_of(name)[0].__file__.removesuffix("__init__.py")
    functions = [
        f for f in gc.get_objects() if type(f) is types.FunctionType and f.__code__.co_filename.startswith(prefix)
    ]
    return [(f.__qualname__, weakref.ref(f.__code__)) for f in functions]


def one(name, kept, way, step):
    """One package there, or there and back, or there and back and there again; returns what was seen after each move."""
    import midflight

    import __main__

    held = Held(name, kept)
    codes = old_codes(name)
    __main__.install(step)
    wrong, seen = [], []
    for n, move in enumerate(way):
        last = n == len(way) - 1
        options = {} if last else {"keep": 600}
        try:
            report = midflight.upgrade(name, **options) if move == "upgrade" else midflight.rollback(name, **options)
        except midflight.UpgradeRefused as refusal:
            return {"refused": [[move, n], *([reason.code, str(reason)] for reason in refusal.reasons)]}
        wrong += [f"after {way[: n + 1]}: {sentence}" for sentence in held.wrong()]
        seen.append(observe.package(modules_of(name)))
    gc.collect()
    # What both versions have alike: an interpreter shares no code objects between two imports, so any survivor is old.
    alive = [label for label, code in codes if code() is not None] if way[-1] == "upgrade" else []
    # There and back, what the program held of the version between is of the older one by now, and lives.
    return {"wrong": wrong, "alive": alive, "kept": list(report.old_generation), "seen": seen}


def main(upgrade, result):
    packages = SETTINGS["packages"]
    for name in packages:
        modules_of(name)
    if SETTINGS["upgrade"]:
        steps = enumerate(packages.items(), 1)
        result["steps"] = [one(name, about["kept"], about["way"], step) for step, (name, about) in steps]
    else:
        result["seen"] = {name: observe.package(modules_of(name)) for name in packages}
