"""The program of the generated tests: holds everything of each package in every common way, upgrades, and looks.

MIDFLIGHT_GENERATED names a JSON file: "packages" (names), "dropped" per package (what the new version removes: the program lets go of it
before, or it would rightly live on), and "path" of the folder with the tests.
"""

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
DEFINED = (types.FunctionType, type, functools._lru_cache_wrapper, functools.partial, dict)


def modules_of(name):
    return [importlib.import_module(name + part) for part in ("", ".alpha", ".beta")]


class Held:
    """What a program holds of one package; places are (module, name)."""

    def __init__(self, name, dropped):
        self.things, self.instances, self.bound, self.partials, self.keys, self.subclasses = {}, {}, {}, {}, {}, {}
        self.made, self.suspended, self.listed = {}, [], []
        for module in modules_of(name):
            for key, thing in module.__dict__.items():
                place = (module.__name__, key)
                if isinstance(thing, DEFINED) and not key.startswith("_") and key not in dropped:
                    self.hold(place, thing)

    def hold(self, place, thing):
        self.things[place] = thing
        self.listed.append((place, [thing]))
        if isinstance(thing, type):
            self.instances[place] = thing()
            self.subclasses[place] = type("Sub" + place[1], (thing,), {"own": lambda self: "own"})
            self.keys[thing] = place
        elif isinstance(thing, types.FunctionType):
            self.partials[place] = functools.partial(thing, 7)
            self.keys[thing] = place
            if place[1].startswith("make_"):
                self.made[place] = thing(5)
            result = thing(7) if thing.__code__.co_flags & 0x20 else None
            if result is not None:
                next(result)
                self.suspended.append(result)

    def wrong(self):
        """What is not as it must be after the upgrade, in sentences."""
        found = []
        for generator in self.suspended:
            list(generator)
        self.suspended.clear()  # an ended generator keeps its code
        for place, thing in self.things.items():
            current = getattr(sys.modules.get(place[0]), place[1], None)
            if current is not thing:
                found.append(f"{place}: what is held is not what the module has")
        found += [f"{place}: in a list" for place, (thing,) in self.listed if thing is not self.things[place]]
        for key, place in self.keys.items():
            if self.keys.get(key) != place or key is not self.things[place]:
                found.append(f"{place}: as a key")
        for place, instance in self.instances.items():
            found += self.wrong_instance(place, instance)
        for place, sub in self.subclasses.items():
            if isinstance(self.things[place], type) and (self.things[place] not in sub.__mro__ or sub().own() != "own"):
                found.append(f"{place}: subclass")
        for place, partial in self.partials.items():
            if not isinstance(self.things[place], type) and partial.func is not self.things[place]:
                found.append(f"{place}: partial")
        return found

    def wrong_instance(self, place, instance):
        cls = self.things[place]
        if type(instance) is not cls:
            return [f"{place}: the instance is of another class"]
        fresh = cls()
        fresh.attribute = instance.attribute
        if observe.use_instance(instance) != observe.use_instance(fresh):
            return [f"{place}: the instance does {observe.use_instance(instance)}, not {observe.use_instance(fresh)}"]
        return []


def old_codes(name):
    prefix = modules_of(name)[0].__file__.removesuffix("__init__.py")
    functions = [
        f for f in gc.get_objects() if type(f) is types.FunctionType and f.__code__.co_filename.startswith(prefix)
    ]
    return [(f.__qualname__, weakref.ref(f.__code__)) for f in functions]


def one(name, dropped, step):
    """Upgrades one package; returns what was seen."""
    import midflight

    import __main__

    held = Held(name, dropped)
    codes = old_codes(name)
    __main__.install(step)
    try:
        report = midflight.upgrade(name)
    except midflight.UpgradeRefused as refusal:
        return {"refused": [[reason.code, str(reason)] for reason in refusal.reasons]}
    wrong = held.wrong()
    gc.collect()
    alive = [label for label, code in codes if code() is not None]
    # What both versions have alike: an interpreter shares no code objects between two imports, so any survivor is old.
    return {"wrong": wrong, "alive": alive, "kept": list(report.old_generation), "notes": list(report.notes)}


def main(upgrade, result):
    if SETTINGS["upgrade"]:
        for name in SETTINGS["packages"]:
            modules_of(name)
        steps = enumerate(SETTINGS["packages"], 1)
        result["steps"] = [one(name, SETTINGS["dropped"][name], step) for step, name in steps]
    result["seen"] = {name: observe.package(modules_of(name)) for name in SETTINGS["packages"]}
