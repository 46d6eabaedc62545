"""The program of a rehearsal, and the fingerprint that both sides take.

As a script, in a fresh interpreter: reads from descriptor 0 what to import, imports it, and writes what the namespaces look like then to the
descriptor that its argument names. In the process that upgrades: the same look at what was staged, and the comparison.

No code of the modules' objects runs: types are asked for with type(), attributes read through object and type.
"""

import marshal
import sys

OF_THE_INTERPRETER = {
    "__annotations__",
    "__builtins__",
    "__cached__",
    "__doc__",
    "__file__",
    "__loader__",
    "__package__",
    "__path__",
    "__spec__",
    "__warningregistry__",
}
FUNCTION = type(lambda: None)
MODULE = type(sys)


def _code(code):
    """What a function does, however its lines stand: instructions, names and nested code; constants by type."""
    inner = tuple(
        _code(constant) if type(constant) is type(code) else type(constant).__name__ for constant in code.co_consts
    )
    return (code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_flags, inner)


def _kind(value):
    kind = type(value)
    if kind is FUNCTION:
        return ("function", value.__qualname__, value.__module__ or "", _code(value.__code__))
    if kind is MODULE:
        return ("module", str(object.__getattribute__(value, "__dict__").get("__name__")))
    if type in type.__dict__["__mro__"].__get__(kind):
        names = sorted(name for name in type.__dict__["__dict__"].__get__(value) if type(name) is str)
        qualname = type.__dict__["__qualname__"].__get__(value)
        return ("class", qualname, tuple(name for name in names if not name.startswith("_abc_")))
    return ("value", type.__dict__["__qualname__"].__get__(kind))


def fingerprint(modules):
    """{module: {name: kind}}, of plain values only. What is no module (something was put there by hand) is None."""
    prints = {}
    for name, module in modules.items():
        if MODULE not in type.__dict__["__mro__"].__get__(type(module)):
            prints[name] = None
            continue
        namespace = dict(object.__getattribute__(module, "__dict__"))
        named = [key for key in namespace if type(key) is str and key not in OF_THE_INTERPRETER]
        prints[name] = {key: _kind(namespace[key]) for key in named}
    return prints


def differences(rehearsed, staged):
    """[(module, name, sentence)] for what a fresh interpreter has otherwise; the first twenty."""
    found = []
    for module in sorted(rehearsed.keys() & staged.keys()):
        theirs, ours = rehearsed[module], staged[module]
        if theirs is None or ours is None:
            if theirs is not ours:
                found.append((module, "", f"{module} is a module in one of them only"))
            continue
        for name in sorted(theirs.keys() | ours.keys()):
            if name not in ours:
                found.append((module, name, f"a fresh interpreter has {module}.{name}, and here it is missing"))
            elif name not in theirs:
                found.append((module, name, f"{module}.{name} is here, and not in a fresh interpreter"))
            elif theirs[name] != ours[name]:
                found.append((module, name, f"{module}.{name} is not what it is in a fresh interpreter"))
    return found[:20]


def _import_all(names):
    """(names that the version does not have, (name, error) of the first that cannot be imported or None)"""
    missing = []
    for name in names:
        try:
            __import__(name)
        except ModuleNotFoundError as error:
            if error.name is None or not (name + ".").startswith(error.name + "."):
                return missing, (name, f"{type(error).__name__}: {error}")
            missing.append(name)
        except BaseException as error:
            import traceback

            traceback.print_exc()
            return missing, (name, f"{type(error).__name__}: {error}")
    return missing, None


def _main():
    names, path, answer = marshal.load(sys.stdin.buffer)
    sys.path[:] = path
    sys.argv[:] = [""]
    missing, failed = _import_all(names)
    prints = fingerprint({name: sys.modules[name] for name in names if name in sys.modules})
    with open(answer, "wb", closefd=False) as file:
        file.write(marshal.dumps((missing, failed, prints)))
        file.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    import os

    os._exit(0)  # threads that an import started, and what it left for the end, are no part of this


if __name__ == "__main__":
    _main()
