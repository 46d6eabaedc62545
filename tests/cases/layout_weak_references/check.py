"""Weak references of all kinds follow an instance into its new object; no callback is called."""

import gc
import weakref

import lib


def hold():
    things = [lib.Thing(n) for n in range(4)]
    log = []
    refs = [weakref.ref(thing, log.append) for thing in things]
    proxy = weakref.proxy(things[0])
    sets, keys, values = weakref.WeakSet(things), weakref.WeakKeyDictionary(), weakref.WeakValueDictionary()
    for n, thing in enumerate(things):
        keys[thing] = n
        values[n] = thing
    weakref.finalize(things[3], log.append, "finalized").atexit = False
    return things, log, refs, proxy, sets, keys, values, weakref.WeakMethod(things[1].number)


def check(held):
    things, log, refs, proxy, sets, keys, values, method = held
    gc.collect()
    assert not log and [ref() for ref in refs] == things and proxy.n == 0 and method()() == 1
    assert weakref.ref(things[2]) is weakref.ref(things[2])
    assert len(sets) == 4 and all(thing in sets for thing in things)
    assert [keys[thing] for thing in things] == [0, 1, 2, 3] and [values[n] for n in range(4)] == things
    assert all(type(thing) is lib.Thing for thing in things)
    del things[3]
    assert log == ["finalized", refs[3]] or log == [refs[3], "finalized"]
    assert len(sets) == 3 and len(keys) == 3 and 3 not in values
