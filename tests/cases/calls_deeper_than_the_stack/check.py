"""What a hash, a memo and a cached property come from is followed through calls that go deeper than a thread's stack."""

import sys
import threading

import lib

FRESH = False


def run(upgrade):
    sys.setrecursionlimit(20_000)
    key = lib.Key(3)
    table = {key: "three"}
    assert lib.compute(5) == 5 and key.cost == 3 and lib.CACHE == {5: 5}
    threading.stack_size(256 * 1024)
    thread = threading.Thread(target=upgrade)
    thread.start()
    thread.join()
    assert lib.CACHE == {} and lib.compute(5) == 10
    assert hash(key) == 6 and table[key] == "three" and key.cost == 6
