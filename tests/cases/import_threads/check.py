"""Threads that the import starts: those of the old version go on and run new code at the next call, none is doubled, what the new
version has more of is started at the flip.
"""

import threading

import import_threads as lib

ENDLESS = True


def running(name):
    return [thread for thread in threading.enumerate() if thread.name == name]


def hold():
    return running("worker") + running("watcher")


def check(before):
    assert len(before) in (3, 4)  # the latter in a fresh process
    assert all(thread.is_alive() for thread in before)
    assert len(running("worker")) == 3 and running("watcher") == [lib.watcher], threading.enumerate()
    assert type(lib.watcher) is lib.Watcher
    lib.extra.join(10)
    for job in range(6):
        lib.jobs.put(job)
    seen = set()
    while len(seen) < 7:
        seen.add(lib.done.get(timeout=10))
        seen -= {("watched", 1), ("watched", 2)}
    assert seen == {("extra", 2), *((job, 2) for job in range(6))}, seen
