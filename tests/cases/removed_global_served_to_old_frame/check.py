"""A module-level name that the new version dropped is served to the one activation that still loads it."""

import queue
import threading

import lib

FRESH = False
UPGRADE = {"wait": 2.0}


def hold():
    source, seen = queue.Queue(), []
    thread = threading.Thread(target=lib.serve, args=(iter(source.get, None), seen), daemon=True)
    thread.start()
    source.put("before")
    while not seen:
        pass
    return source, seen, thread


def check(held):
    source, seen, thread = held
    source.put("after")
    source.put(None)
    thread.join(30)
    assert seen == [("before", "one", 1), ("after", "one", 2)]
    assert not hasattr(lib, "SUFFIX")
