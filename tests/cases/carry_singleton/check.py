"""Row 8 for an instance: it stays, its class follows, its attributes are merged one by one."""

import lib

FRESH = False


def hold():
    lib.POOL.get()
    lib.POOL.lock.acquire()
    return lib.POOL, lib.POOL.lock, lib.POOL.items, lib.QUIET, id(lib.POOL), lib.POOL.__dict__


def check(held):
    pool, lock, items, quiet, address, attributes = held
    assert pool is lib.POOL and id(pool) == address and type(pool) is lib.Pool
    assert pool.lock is lock and lock.locked() and pool.items is items and items == [1]
    assert (pool.size, pool.hits, pool.name) == (2, 1, "v2")
    assert pool.__dict__ is attributes and attributes["size"] == 2
    assert pool.get() == 2 and items == [1, 2]
    pool.more = 1
    assert pool.more == 1 and attributes["more"] == 1
    assert quiet is lib.QUIET and quiet.name == "v2"
