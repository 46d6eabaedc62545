"""The attributes that only an argument could give come from __upgrade__; what can be filled is there already."""

import lib

FRESH = False
UPGRADE = {"allow": "signatures"}


def hold():
    servers = [lib.Server("a:1"), lib.Server("b:2")]
    servers[1].calls = 5
    return servers


def check(held):
    assert held[0].get() == ("a", 1, 0, [0]) and held[1].get() == ("b", 2, 5, [5])
    assert vars(held[0]).keys() == {"host", "port", "calls", "log"}
    assert held[0].log is not held[1].log
