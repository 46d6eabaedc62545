"""The application of the package tests, run in the process under test (tests/support/child.py).

It imports every submodule of the distributions that can be imported, holds every definition in the common ways and what the package's
program in samples/ holds, upgrades, writes down every namespace symbol by symbol, and then uses what it held.
"""

import functools
import hashlib
import importlib
import json
import os
import re
import sys
import types

SETTINGS = json.loads(os.environ["MIDFLIGHT_TEST_PACKAGES"])
SITE = SETTINGS["site"] + "/"
IGNORED = {"__builtins__", "__cached__", "__warningregistry__", "__loader__", "__spec__"}


def import_all(names):
    """Imports what can be imported, in order; the names that could."""
    done = []
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
        else:
            done.append(name)
    return done


def owned():
    """name -> module for what is loaded from the site directory."""
    return {
        name: module
        for name, module in sorted(sys.modules.items())
        if isinstance(module, types.ModuleType) and str(module.__dict__.get("__file__", "")).startswith(SITE)
    }


def hold_everything():
    """Every function and class of every module: in a list, as keys, in tuples, partials and bound methods.

    By their types: what only says that it is a class (importlib-metadata's lazy imports do) is an object that goes on being itself.
    """
    held = {"list": [], "keys": {}, "tuples": [], "partials": [], "methods": []}
    for module in owned().values():
        for name, value in list(module.__dict__.items()):
            if (
                not issubclass(type(value), (types.FunctionType, type))
                or str(getattr(value, "__module__", "")) not in sys.modules
            ):
                continue
            if not str(getattr(sys.modules[value.__module__], "__file__", "")).startswith(SITE):
                continue
            held["list"].append(value)
            held["keys"][value] = True
            held["tuples"].append((name, value))
            held["partials"].append(functools.partial(value))
            if isinstance(value, types.FunctionType):
                held["methods"].append(types.MethodType(value, name))
    return held


def check_held(held):
    """What is held is what the modules now have."""
    wrong = []
    modules = owned()
    symbols = {id(symbol) for module in modules.values() for symbol in module.__dict__.values()}
    for value in [
        *held["list"],
        *held["keys"],
        *(v for _, v in held["tuples"]),
        *(p.func for p in held["partials"]),
        *(m.__func__ for m in held["methods"]),
    ]:
        module = modules.get(value.__module__)
        if module is None or "<" in value.__qualname__:
            continue
        current = module
        for part in value.__qualname__.split("."):
            current = getattr(current, "__dict__", {}).get(part)
        if id(value) in symbols:
            continue  # a copy, or what wraps it, is elsewhere and goes by the same qualified name
        if isinstance(current, (types.FunctionType, type)) and current is not value and current.__module__ in modules:
            wrong.append(f"{value.__module__}.{value.__qualname__}")
    for key in list(held["keys"]):
        if key not in held["keys"]:
            wrong.append(f"key {key.__module__}.{key.__qualname__} is not found")
    return sorted(set(wrong))


def describe(value, depth=0):
    """A symbol as text that is the same in every process that has the same definition."""
    if isinstance(value, types.FunctionType):
        code = value.__code__
        return (
            f"function {value.__module__}.{value.__qualname__} {hashlib.sha256(code.co_code).hexdigest()[:12]} {code.co_names} "
            f"{code.co_varnames} {describe(value.__defaults__, depth + 1)} {describe(value.__kwdefaults__, depth + 1)}"
        )
    if isinstance(value, type):
        return f"class {value.__module__}.{value.__qualname__}"
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if value is None or type(value) in (int, float, complex, bool, str, bytes):
        if type(value) is int and ((value == os.getpid() and depth == 0) or abs(value) > 1 << 40):
            return (
                "a number of this process"  # its own (in tables such a number is there by chance), an address or a hash
            )
        return clean(repr(value))
    if depth < 4 and type(value) in (tuple, list):
        return f"{type(value).__name__}({', '.join(describe(item, depth + 1) for item in value)})"
    if depth < 4 and type(value) in (set, frozenset):
        return f"{type(value).__name__}({', '.join(sorted(describe(item, depth + 1) for item in value))})"
    if depth < 4 and type(value) is dict:
        items = (f"{describe(key, depth + 1)}: {describe(item, depth + 1)}" for key, item in value.items())
        return f"dict({', '.join(sorted(items))})"  # the order is that of the imports, and nobody's definition
    if isinstance(value, re.Pattern):
        return f"pattern {value.pattern!r} {value.flags}"
    if isinstance(value, (property, classmethod, staticmethod)):
        parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value.__func__,)
        return f"{type(value).__name__}({', '.join(describe(part, depth + 1) for part in parts)})"
    return f"instance of {type(value).__module__}.{type(value).__qualname__}"


def clean(text):
    text = re.sub(r"\b[0-9a-f]{32}\b", "digest", text)  # of what may be the thread's or the process's number
    return re.sub(r"0x[0-9a-f]+", "0x", text.replace(SITE, "SITE/").replace(os.getcwd(), "WORK"))


def namespaces():
    """module -> symbol -> description; classes of the module with all their attributes."""
    found = {}
    for name, module in owned().items():
        symbols = {key: describe(value) for key, value in module.__dict__.items() if key not in IGNORED}
        for key, value in list(module.__dict__.items()):
            if isinstance(value, type) and type.__dict__["__module__"].__get__(value) == name:
                symbols[key] += " bases " + ", ".join(describe(base) for base in value.__mro__[1:])
                for attribute, part in type.__dict__["__dict__"].__get__(value).items():
                    if attribute not in (
                        "__dict__",
                        "__weakref__",
                        "_abc_impl",
                        "__static_attributes__",
                        "__firstlineno__",
                    ):
                        symbols[f"{key}.{attribute}"] = describe(part)
        found[name] = symbols
    return found


def main(upgrade, result):
    sys.argv[:] = ["application"]
    result["imported"] = import_all(SETTINGS["import"])
    if SETTINGS["fresh"]:
        result["unused"] = namespaces()
    sample = importlib.import_module("samples." + SETTINGS["sample"])
    result["loaded"] = list(owned())
    everything = hold_everything()
    result["held"] = len(everything["list"])
    held = sample.hold()
    report = upgrade(allow="requirements")  # the pinned steps are of one package; what lies beside it is the newest
    result["namespaces"] = namespaces()
    if report is not None:
        result["wrong"] = check_held(everything)
    sample.use(held)
