"""The old activation would call a function that no longer takes what it passes: refused, and it goes on as before."""

import queue
import threading

import lib

EXPECT = "refused"
UPGRADE = {"wait": 1.0}


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
    assert seen == [("before", 1), ("after", 1)] and lib.step(1, 2) == (1, 2)
