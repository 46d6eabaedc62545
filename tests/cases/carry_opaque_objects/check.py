"""Row 4: locks, events, counters, queues, random generators, weak containers, buffers: the old object, used or not."""

import lib

NAMES = "LOCK EVENT LOCAL COUNT RANDOM QUEUE VARIABLE LIVE VALUES BUFFER BYTES LOG".split()


def hold():
    thing = lib.Thing()
    next(lib.COUNT)
    lib.RANDOM.random()
    lib.QUEUE.put(thing)
    lib.VARIABLE.set(5)
    lib.LIVE.add(thing)
    lib.VALUES["thing"] = thing
    lib.BUFFER.extend(b"ab")
    lib.BYTES.write(b"cd")
    lib.LOG.write("ef")
    lib.EVENT.set()
    lib.LOCAL.x = thing
    lib.LOCK.acquire()
    return thing, [getattr(lib, name) for name in NAMES], lib.RANDOM.getstate()


def check(held):
    thing, objects, state = held
    assert lib.v() == 2 and all(getattr(lib, name) is held for name, held in zip(NAMES, objects, strict=True))
    assert next(lib.COUNT) == 1 and lib.RANDOM.getstate() == state and lib.QUEUE.get_nowait() is thing
    assert lib.VARIABLE.get() == 5 and thing in lib.LIVE and len(lib.LIVE) == 1 and lib.VALUES["thing"] is thing
    assert lib.BUFFER == b"ab" and lib.BYTES.getvalue() == b"cd" and lib.LOG.getvalue() == "ef"
    assert lib.EVENT.is_set() and lib.LOCAL.x is thing and type(thing) is lib.Thing
    lib.LOCK.release()
