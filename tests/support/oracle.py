"""Judges a process after an upgrade: is the old generation dead, do functions and modules agree, is what is held current?

It lives in the process under test, so it must not disturb what it judges: it holds no strong reference to anything of
the library, stores addresses negated (an upgrade may rewrite integers that equal an address), and calls nothing on the
library's objects. Weak references are taken to code objects only: those to functions, classes and modules are
redirected by the upgrade and would prove nothing.
"""

import atexit
import gc
import logging
import os
import sys
import types
import typing
import warnings
import weakref

_type_module = type.__dict__["__module__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__


def _below(path, roots):
    return isinstance(path, str) and path.startswith(roots)


def modules_below(roots):
    """name -> module for everything loaded from below the roots (a tuple). Namespace packages belong to nobody."""
    found = {}
    for name, module in list(sys.modules.items()):
        if isinstance(module, types.ModuleType) and _below(module.__dict__.get("__file__"), roots):
            found[name] = module
    return found


def _module_of(cls):
    if getattr(type(cls), "__module__", "") == "_ctypes" and (
        "_Array_" in cls.__name__ or cls.__name__.startswith("LP_")
    ):
        cls = (
            type.__dict__["__dict__"].__get__(cls).get("_type_", cls)
        )  # made once for all, in the name of who asked first
    try:
        name = _type_module(cls)
    except AttributeError:
        return None
    return name if isinstance(name, str) else None


def _definitions(roots, names):
    """(kind, label, object) for every function, class and module of the library that the collector knows."""
    dicts = {id(sys.modules[name].__dict__) for name in names if name in sys.modules}
    for obj in gc.get_objects():
        kind = type(obj)
        if kind is types.FunctionType:
            if id(obj.__globals__) in dicts or _below(obj.__code__.co_filename, roots):
                yield "function", f"{obj.__module__}.{obj.__qualname__}", obj
        elif issubclass(kind, types.ModuleType):
            if obj.__dict__.get("__name__") in names and _below(obj.__dict__.get("__file__"), roots):
                yield "module", obj.__dict__["__name__"], obj
        elif issubclass(kind, type):
            if _module_of(obj) in names:
                yield "class", f"{_module_of(obj)}.{_type_qualname(obj)}", obj


class Generation:
    """What is loaded from the given roots now, remembered without keeping it alive. A root is a file, or a directory with its /."""

    def __init__(self, roots):
        for clear in typing._cleanups:  # staging empties these caches, which refill themselves
            clear()
        gc.collect()  # what is garbage already is nobody's
        self.roots = tuple(roots)
        self.names = set(modules_below(self.roots))
        self.marks = {}
        self.codes = []
        for kind, label, obj in _definitions(self.roots, self.names):
            self.marks[-id(obj)] = (kind, label)
            if kind == "function":
                self.codes.append((label, weakref.ref(obj.__code__)))
        self.counts = {}
        for kind, _ in self.marks.values():
            self.counts[kind] = self.counts.get(kind, 0) + 1

    def alive(self):
        """Names what of this generation is still there, each with the types that refer to it; empty means gone.

        Code objects of frames that are still running, suspended or kept by a traceback may live on. A new object
        may come to stand at an old address: so a function counts only with its old code, and what was found dead once is forgotten.
        """
        for _ in range(3):
            gc.collect()
        old_code = {id(ref()) for _, ref in self.codes if ref() is not None}
        left, marks = [], {}
        for kind, label, obj in _definitions(self.roots, self.names):
            if self.marks.get(-id(obj)) != (kind, label) or not _is_old(kind, label, obj, old_code):
                continue
            left.append(f"{kind} {label} held by {_holders(obj)}")
            marks[-id(obj)] = (kind, label)
        self.marks = marks
        running = _running_code()
        for label, ref in self.codes:
            code = ref()
            if code is not None and id(code) not in running:
                left.append(f"code of {label} held by {_holders(code)}")
        return sorted(left)

    def same(self):
        """After a refusal: names what of this generation went or was replaced; empty means all is as it was."""
        for _ in range(3):
            gc.collect()
        now = {-id(obj): (kind, label) for kind, label, obj in _definitions(self.roots, self.names)}
        gone = [f"{kind} {label} is gone" for mark, (kind, label) in self.marks.items() if mark not in now]
        extra = [f"{kind} {label} is new" for mark, (kind, label) in now.items() if mark not in self.marks]
        return sorted(gone) + sorted(extra)


def _is_old(kind, label, obj, old_code):
    if kind == "function":
        return id(obj.__code__) in old_code
    if kind == "class" and "<locals>" in label:
        values = type.__dict__["__dict__"].__get__(obj).values()
        return any(type(value) is types.FunctionType and id(value.__code__) in old_code for value in values)
    return True


def _holders(obj):
    names = []
    for holder in gc.get_referrers(obj):
        if type(holder) is types.FrameType and holder.f_code.co_filename == __file__:
            continue
        if type(holder) is list and len(holder) > 1000:
            continue
        if type(holder) is dict:
            name = holder.get("__name__", "")
            names.append(f"dict({name})" if name else "dict(" + ",".join(map(str, list(holder)[:3])) + ")")
        elif type(holder) is types.FunctionType:
            names.append(f"function({holder.__qualname__})")
        else:
            names.append(type(holder).__name__)
    return ", ".join(names[:6]) or "nothing the collector knows"


def _running_code():
    """id of the code of every frame that runs, is suspended or is kept as an object, and of the code within it."""
    codes = _frame_codes()
    ids = set()
    while codes:
        code = codes.pop()
        if id(code) not in ids:
            ids.add(id(code))
            codes.extend(const for const in code.co_consts if type(const) is types.CodeType)
    return ids


def _frame_codes():
    codes = []
    for frame in sys._current_frames().values():
        while frame is not None:
            codes.append(frame.f_code)
            frame = frame.f_back
    for obj in gc.get_objects():
        if type(obj) is types.FrameType:
            codes.append(obj.f_code)
        elif type(obj) is types.GeneratorType:
            codes.append(obj.gi_code)
            # what it is about to call lies on its stack
            codes.extend(f.__code__ for f in gc.get_referents(obj) if type(f) is types.FunctionType)
        elif type(obj) is types.CoroutineType:
            codes.append(obj.cr_code)
        elif type(obj) is types.AsyncGeneratorType:
            codes.append(obj.ag_code)
    return codes


def strayed(roots):
    """Functions whose globals are not the namespace of the module that sys.modules has; empty means none."""
    roots = tuple(roots)
    wrong = []
    for obj in gc.get_objects():
        if type(obj) is not types.FunctionType or not _below(obj.__code__.co_filename, roots):
            continue
        name = obj.__globals__.get("__name__")
        module = sys.modules.get(name)
        if module is None or getattr(module, "__dict__", None) is not obj.__globals__:
            wrong.append(f"{name}.{obj.__qualname__}")
    return sorted(wrong)


def outdated(namespace, roots):
    """Names in a namespace of the application that are bound to a definition the library no longer has there."""
    roots = tuple(roots)
    owned = modules_below(roots)
    wrong = []
    for name, value in list(namespace.items()):
        if isinstance(value, types.ModuleType):
            module = value.__dict__.get("__name__")
            if _below(value.__dict__.get("__file__"), roots) and sys.modules.get(module) is not value:
                wrong.append(f"{name}: module {module}")
            continue
        if type(value) is types.FunctionType:
            module, path = value.__module__, value.__qualname__
        elif issubclass(type(value), type):
            module, path = _module_of(value), _type_qualname(value)
        else:
            continue
        if module in owned and "<" not in path:
            current = owned[module]
            for part in path.split("."):
                current = getattr(current, "__dict__", {}).get(part)
            if type(current) in (staticmethod, classmethod):
                current = current.__func__
            replaced = type(current) is types.FunctionType and current.__module__ not in owned  # a monkeypatch stays
            if current is not None and current is not value and not replaced:
                wrong.append(f"{name}: {module}.{path}")
    return wrong


def _content(mapping):
    left_out = ("__warningregistry__", "_", "__builtins__")
    return [(key, id(value)) for key, value in mapping.items() if key not in left_out]


def fingerprint():
    """The content of every module and every class that is not of the standard library, midflight or this tool, and the settings that
    an import could change. Addresses only: nothing is kept alive."""
    gc.collect()
    apart = {*sys.stdlib_module_names, "midflight", __name__} - {"__main__"}
    modules = {
        name: (id(module), _content(module.__dict__))
        for name, module in list(sys.modules.items())
        if isinstance(module, types.ModuleType) and name.split(".")[0] not in apart
    }
    classes = {}
    for kind in gc.get_objects():
        if issubclass(type(kind), type) and _module_of(kind) in modules:
            content = _content(type.__dict__["__dict__"].__get__(kind))
            classes[f"{_module_of(kind)}.{_type_qualname(kind)} {id(kind):#x}"] = (
                [id(b) for b in kind.__bases__],
                content,
            )
    functions = {
        f"{obj.__module__}.{obj.__qualname__} {id(obj):#x}": (id(obj.__code__), id(obj.__defaults__))
        for obj in gc.get_objects()
        if type(obj) is types.FunctionType
        and obj.__globals__.get("__name__") in modules
        and "<locals>" not in obj.__qualname__  # other threads go on, and make some
    }
    finders = [[id(entry) for entry in entries] for entries in (sys.meta_path, sys.path_hooks)]
    return {
        **{f"module {name}": value for name, value in modules.items()},
        **{f"class {name}": value for name, value in classes.items()},
        **{f"function {name}": value for name, value in functions.items()},
        "sys.path": list(sys.path),
        "finders": finders,
        "modules dict": (str(type(sys.modules)), [name for name in sys.modules if name.split(".")[0] not in apart]),
        "collector": (gc.isenabled(), gc.get_freeze_count(), gc.get_threshold()),
        "filters": [id(entry) for entry in warnings.filters],
        "atexit": atexit._ncallbacks(),
        "handlers": [id(handler) for handler in logging.getLogger().handlers],
        "environment": dict(os.environ),
    }


def differences(before, after):
    """What of a fingerprint differs; empty: nothing."""
    names = [*before, *(name for name in after if name not in before)]
    return [
        f"{name}: {before.get(name, 'nothing')} became {after.get(name, 'nothing')}"[:600]
        for name in names
        if before.get(name) != after.get(name)
    ]
