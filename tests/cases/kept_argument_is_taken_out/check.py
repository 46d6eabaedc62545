"""An argument that a pool keeps is lost, and the new version takes it out; another is only looked at."""

import lib


def hold():
    return lib.Pool(host="a"), lib.Slotted(port=80)


def check(held, report):
    pool, slotted = held
    assert pool.arguments["host"] == "a" and pool.connect().host == "a"
    assert slotted.options == {"port": 80} and lib.work("c") == ("c", None)
