"""What the whole process looks like, to tell whether anything about it changed: the heap oracle.

Of every object that the collector tracks: its address, its type and its referents in their order (midflight._testing.fingerprint, in
C, holds no reference to any). Beside it what lies in no heap: settings, environment, open files, threads, signal handlers.

Not looked at: frames (they change with each instruction), what the oracle itself makes.
"""

import _abc
import _locale
import _signal
import _socket
import abc
import gc
import os
import re
import sys
import threading
import types
import weakref

import midflight._testing as testing
from midflight import _engine


def open_files():
    """What is open. midflight's own vault is written in the background, at a time of its own: it is waited for."""
    _engine.kept(60)
    found = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:  # that of the listing is closed by now
            continue
        if "midflight" not in target and not target.startswith(os.environ.get("MIDFLIGHT_VAULT") or "//"):
            found.append(f"{fd}:{target}".replace(" ", "_"))
    return " ".join(sorted(found))


def settings(abstract):
    """What an import can change without an object of Python's heap changing, as text: no object is kept. `abstract`: weak
    references to the classes whose registries are looked at."""
    values = {
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "files": open_files(),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()),
        "collector": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), gc.get_debug()),
        "signals": [_signal.getsignal(number) for number in range(1, _signal.NSIG)],
        "timer": _signal.getitimer(_signal.ITIMER_REAL)[1],
        "locale": _locale.setlocale(_locale.LC_ALL),
        "socket": _socket.getdefaulttimeout(),
        "threads": [thread.ident for thread in threading.enumerate()],
        "tracing": (sys.gettrace(), sys.getprofile()),
        "registered": sorted(
            f"{kind.__qualname__}:{reference()}"
            for kind in (reference() for reference in abstract)
            if kind is not None
            for reference in _abc._get_dump(kind)[0]
            if reference() is not None
        ),
        "modules": " ".join([type(sys.modules).__name__, *sys.modules]),
    }
    if "random" in sys.modules:
        values["random"] = hash(sys.modules["random"].getstate())
    return {name: value if isinstance(value, str) else repr(value) for name, value in values.items()}


def _is_answer_of_abc(thing):
    """What an ABC remembers of answers given is forgotten whenever any class is registered with any."""
    if type(thing).__name__ == "_abc_data":
        return True
    return isinstance(thing, set) and any(type(holder).__name__ == "_abc_data" for holder in gc.get_referrers(thing))


def _is_listing(thing):
    """What a finder of the import system remembers of a directory is brought up to date by any import that finds nothing there."""
    finder = type(sys.path_importer_cache.get(os.path.dirname(os.__file__)))
    holders = gc.get_referrers(thing) if isinstance(thing, set) else [thing]
    return any(type(holder) is finder for holder in holders)


def _difference(before, now):
    words, new = before.split(), now.split()
    added, lost = [word for word in new if word not in words], [word for word in words if word not in new]
    return f"gained {added} lost {lost}" if added or lost else "other order"


class Heap:
    """The process now. differences() says what is different later."""

    def __init__(self):
        for name in list(sys.modules):
            _engine.recorded(name)  # midflight unpacks what it remembers when it is asked for the first time
        gc.collect()
        self.abstract = [weakref.ref(kind) for kind in gc.get_objects() if isinstance(kind, abc.ABCMeta)]
        self.settings = settings(self.abstract)
        self.names = {
            id(vars(module)): _numbers(module) for module in sys.modules.values() if hasattr(module, "__dict__")
        }
        self.print = testing.fingerprint()

    def differences(self, allowed=(), *, collect=True):
        """Sentences. `allowed`: objects that may have changed, or functions that say so of one. Without collecting garbage it takes
        half the time, and finds more: what is garbage now."""
        if collect:
            gc.collect()
        now = settings(self.abstract)
        found = [f"{key}: {_difference(was, now[key])}" for key, was in self.settings.items() if now[key] != was]
        allowed = [
            _is_answer_of_abc,
            _is_listing,
            re._cache,
            getattr(re, "_cache2", None),
            sys.path_importer_cache,
            *allowed,
        ]
        own = {id(self.__dict__), id(self.settings), id(self.names), id(found), id(now), id(self)}
        changed, gone = testing.fingerprint_compare(self.print)
        own.update([id(changed), id(own)])
        for thing in changed:
            excused = id(thing) in own or self._is_bookkeeping(thing)
            if not excused and not any(excuse(thing) if callable(excuse) else excuse is thing for excuse in allowed):
                found.append(f"{path(thing, own)}: {self._content(thing)}")
        gone = [
            name for name in gone if name not in ("tuple", "dict", "re.Pattern")
        ]  # a collection tracks those no longer that hold no container; re drops the oldest of many
        if gone:
            found.append(f"gone: {gone}")
        return found

    def _is_bookkeeping(self, thing):
        """A namespace where only the interpreter's registry of warnings is new."""
        before = self.names.get(id(thing), {})
        names = {key for key in {*thing, *before} if before.get(key) != id(thing.get(key))} if before else set()
        return names == {"__warningregistry__"}

    def _content(self, thing):
        if id(thing) not in self.names:
            return str(thing)[:300] if isinstance(thing, dict | list | tuple | set) else ""
        before = self.names[id(thing)]
        changed = [key for key in thing if before.get(key) != id(thing[key])]
        return f"changed {changed}, lost {[key for key in before if key not in thing]}"


def _numbers(module):
    return {key: id(value) for key, value in vars(module).items()}


def path(thing, without, depth=3):
    """A way to say where the object is."""
    if isinstance(thing, type) or hasattr(thing, "__qualname__"):
        return f"{type(thing).__name__} {getattr(thing, '__module__', '?')}.{thing.__qualname__}"
    for name, module in list(sys.modules.items()):
        if vars(module) is thing:
            return f"namespace of {name}"
    holders = gc.get_referrers(thing) if depth else []
    own = {*without, id(holders)}
    for holder in holders:
        if id(holder) in own:
            continue
        if isinstance(holder, dict):
            keys = [str(key) for key, value in holder.items() if value is thing]
            return f"{path(holder, own, depth - 1)}[{keys[:2]}]"
        if isinstance(holder, list | tuple):
            return f"{path(holder, own, depth - 1)}[]"
        if not isinstance(holder, types.FrameType | types.CellType):
            return f"in a {type(holder).__name__} that is {path(holder, own, depth - 1)}"
    return f"an object of type {type(thing).__name__}"
