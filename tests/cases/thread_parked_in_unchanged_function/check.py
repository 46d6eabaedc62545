"""Threads sit at the bottom of unchanged functions of the library for ever; they follow without being drained."""

import queue
import threading

import lib


def hold():
    source = queue.Queue()
    loop = lib.Loop()
    event, results = threading.Event(), []

    def wait(f=lib.short):
        event.wait()
        results.append(f("local"))
        results.append(lib.short("global"))

    threads = [
        threading.Thread(target=loop.run, args=(iter(source.get, None),), daemon=True),
        threading.Thread(target=lib.through, args=(wait,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    source.put("before")
    while not loop.handled:
        pass
    return source, loop, event, results, threads


def check(held):
    source, loop, event, results, threads = held
    source.put("after")
    source.put(None)
    event.set()
    for thread in threads:
        thread.join(30)
    assert loop.handled[-1] == ("after", 2) and type(loop) is lib.Loop
    assert results == [("local", 2), ("global", 2)]
