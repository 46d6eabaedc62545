"""sys and threading hooks, a signal handler, atexit, builtins, thread-locals and threads not yet started."""

import builtins
import signal
import sys
import threading

import lib

LOCAL = threading.local()
SEEN = []


def hold():
    sys.excepthook = lib.f
    sys.unraisablehook = lib.C().m
    threading.excepthook = lib.f
    signal.signal(signal.SIGUSR1, lambda number, frame, f=lib.f: SEEN.append(f()))
    if sys.version_info >= (3, 12):  # in 3.11 the table of handlers is out of reach: refused, naming the function
        signal.signal(signal.SIGUSR2, lib.f)
    builtins.lib_f = lib.f
    LOCAL.c, LOCAL.f = lib.C(), lib.f
    return threading.Thread(target=lambda f=lib.f: SEEN.append(("thread", f()))), threading.Timer(1000, lib.f)


def check(held):
    assert sys.excepthook is lib.f and sys.unraisablehook.__func__ is lib.C.m and threading.excepthook is lib.f
    signal.raise_signal(signal.SIGUSR1)
    assert SEEN == [2] and signal.getsignal(signal.SIGUSR2) is (
        lib.f if sys.version_info >= (3, 12) else signal.SIG_DFL
    )
    assert lib_f is lib.f  # noqa: F821
    assert LOCAL.c.m() == 2 and LOCAL.f is lib.f
    held[0].start()
    held[0].join(30)
    assert SEEN == [2, ("thread", 2)] and held[1].function is lib.f
    sys.excepthook, sys.unraisablehook, threading.excepthook = (
        sys.__excepthook__,
        sys.__unraisablehook__,
        threading.__excepthook__,
    )
    signal.signal(signal.SIGUSR2, signal.SIG_DFL)
    del builtins.lib_f
