"""Python classes with the names of C types whose memory is read: no name says what an object is."""

import lib


def hold():
    lib.cache.results[3] = 4
    return lib.cache, lib.Link(), lib.Partial(), {lib.Kind: lib.link, lib.Other: lib.link}


def check(held, report):
    cache, link, partial, table = held
    assert lib.cache is cache and cache.results == {1: 2, 3: 4} and cache.function is len
    assert cache.version() == link.version() == partial.version() == 2
    assert lib.Link().version() == 2 and table[lib.Kind] is lib.link and len(table) == 1
