"""Tables keyed by what contains a definition, made after the flip was rehearsed: the flip must find them by itself."""

import threading
import time
import types
import weakref

import lib

FRESH = False
UPGRADE = {"wait": 10.0}
SECONDS = 1.5  # a changed function is active for so long: the rehearsal is over before


def make(number):
    """One table for each way to depend on a class; nothing in them but their one key refers to it."""
    ref = weakref.ref(lib.Thing)  # the one that all share
    hash(ref)
    own = weakref.ref(lib.Thing, lambda _: None)  # and one of its own
    hash(own)
    return [
        {(lib.Thing, number): number},
        {((lib.Thing, number), "deep"): number},
        {frozenset([(lib.Thing, number)])},
        {types.GenericAlias(list, (lib.Thing, number)): number},
        {list[lib.Thing] | type(number): number},
        {(ref, number): number},
        {own: number},
        {lib.Thing().name: number},
    ]


def find(tables, number):
    pair, deep, frozen, alias, union, shared, own, method = tables
    assert pair[lib.Thing, number] == number
    assert deep[(lib.Thing, number), "deep"] == number
    assert frozenset([(lib.Thing, number)]) in frozen
    assert alias[types.GenericAlias(list, (lib.Thing, number))] == number
    assert union[list[lib.Thing] | int] == number
    assert shared[weakref.ref(lib.Thing), number] == number
    assert own[weakref.ref(lib.Thing)] == number
    assert method[next(iter(method)).__self__.name] == number


def hold():
    made, started = [], threading.Event()

    def step():
        started.set()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            made.append(make(len(made)))
            time.sleep(0.01)

    thread = threading.Thread(target=lib.work, args=(step,))
    thread.start()
    started.wait()
    return made, thread


def check(held):
    made, thread = held
    thread.join(30)
    assert len(made) > 5
    for number, tables in enumerate(made):
        find(tables, number)
