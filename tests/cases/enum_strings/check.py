"""StrEnum, and (str, Enum) that becomes one: keys are found by member and by string."""

import json

import lib
from lib import Auto, Kind, Level


def hold():
    return {
        "dict": {Level.LOW: 1, Level.HIGH: 2, Kind.A: 3, Auto.FIRST: 4, "plain": 5},
        "set": {Level.LOW, Kind.B},
        "many": [Level.LOW] * 5,
        "kind": Kind.B,
        "auto": Auto.FIRST,
        "keywords": {"level": Level.LOW},
    }


def check(held):
    d = held["dict"]
    assert d[Level.LOW] == d["l"] == 1 and d["high"] == 2 and d[Kind.A] == 3 and d["First"] == 4 and d["plain"] == 5
    assert "low" not in d and "first" not in d and len(d) == 5
    assert held["set"] == {"l", "b"} and "l" in held["set"] and Kind.B in held["set"]
    assert all(member is Level.LOW for member in held["many"]) and lib.shout(held["many"][0]) == "L"
    assert held["kind"] is Kind.B and f"{held['kind']}" == "b" and str(held["kind"]) == "b"
    assert held["auto"] is Auto.FIRST and held["auto"] == "First"
    assert json.dumps(held["keywords"]) == '{"level": "l"}'
