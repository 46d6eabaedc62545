"""The package gives a module of somebody else one more name. A thread that runs code of that module runs no staged code."""

import threading

import busy
import lib


def hold():
    stop = threading.Event()
    thread = threading.Thread(target=busy.spin, args=(stop,))
    thread.start()
    return lib.version, stop, thread


def check(held):
    version, stop, thread = held
    stop.set()
    thread.join()
    assert version() == 2


FRESH = False
