"""What the whole process looks like, to tell whether anything about it changed: the heap oracle.

Of every object that the collector tracks: its address, its type and its referents in their order (midflight._testing.fingerprint, in
C, holds no reference to any). Beside it what lies in no heap: settings, environment, open files, threads, signal handlers.

Not looked at: frames (they change with each instruction), what the oracle itself makes.
"""

import gc
import locale
import os
import random
import signal
import socket
import sys
import threading

import midflight._testing as testing


def settings():
    """What an import can change without an object of Python's heap changing."""
    return {
        "environment": dict(os.environ),
        "directory": os.getcwd(),
        "files": sorted(os.listdir("/proc/self/fd"))[:-1],  # the last one, or another, is the listing's own
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()),
        "collector": (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count(), gc.get_debug()),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "timer": signal.getitimer(signal.ITIMER_REAL)[1],
        "locale": locale.setlocale(locale.LC_ALL),
        "socket": socket.getdefaulttimeout(),
        "random": hash(random.getstate()),
        "threads": [thread.ident for thread in threading.enumerate()],
        "tracing": (sys.gettrace(), sys.getprofile()),
        "modules": (type(sys.modules), list(sys.modules)),
    }


class Heap:
    """The process now. differences() says what is different later."""

    def __init__(self):
        gc.collect()
        self.settings = settings()
        self.print = testing.fingerprint()

    def differences(self, allowed=()):
        """Sentences. `allowed`: objects that may have changed, or functions that say so of one."""
        gc.collect()
        now = settings()
        found = [f"{key}: {self.settings[key]} became {now[key]}" for key in now if now[key] != self.settings[key]]
        own = {id(self.__dict__), id(self.settings), id(found), id(now), id(self)}
        changed, gone = testing.fingerprint_compare(self.print)
        own.add(id(changed))
        for thing in changed:
            excused = id(thing) in own or any(
                excuse(thing) if callable(excuse) else excuse is thing for excuse in allowed
            )
            if not excused:
                found.append(f"{path(thing, own)}: {str(thing)[:300] if isinstance(thing, dict | list | tuple) else ''}")
        if gone:
            found.append(f"{gone} objects are gone")
        return found


def path(thing, without, depth=3):
    """A way to say where the object is."""
    if isinstance(thing, type) or hasattr(thing, "__qualname__"):
        return f"{type(thing).__name__} {getattr(thing, '__module__', '?')}.{thing.__qualname__}"
    for name, module in list(sys.modules.items()):
        if vars(module) is thing:
            return f"namespace of {name}"
    if depth:
        for holder in gc.get_referrers(thing):
            if isinstance(holder, dict) and id(holder) not in without:
                keys = [str(key) for key, value in holder.items() if value is thing]
                return f"{path(holder, without, depth - 1)}[{keys[:2]}]"
            if isinstance(holder, list | tuple) and id(holder) not in without:
                return f"{path(holder, without, depth - 1)}[]"
            if type(holder).__dict__.get("__dict__") and id(holder) not in without:
                return f"{type(holder).__name__} in {path(holder, without, depth - 1)}"
    return f"an object of type {type(thing).__name__}"
