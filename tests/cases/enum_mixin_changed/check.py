"""An enumeration gets or loses its data type: members are of another layout, references move, tables are rehashed."""

import lib
from lib import Bits, Number, Plain, Text


def hold():
    return {
        "two": Number.TWO,
        "dict": {Number.ONE: 1, Number.TWO: 2, Text.A: "A", Plain.Y: "y"},
        "set": {Text.A, Text.B, Plain.X},
        "nested": ({"k": [Number.ONE, (Text.B,)]},),
        "bits": Bits.P | Bits.Q,
        "y": Plain.Y,
    }


def check(held):
    assert (
        held["two"] is Number.TWO
        and held["two"] + 1 == 3
        and isinstance(held["two"], int)
        and lib.half(held["two"]) == 1
    )
    assert (
        held["dict"][1] == 1
        and held["dict"][Number.TWO] == 2
        and held["dict"]["a"] == "A"
        and held["dict"][Plain.Y] == "y"
    )
    assert held["set"] == {"a", "b", Plain.X} and Text.B in held["set"]
    assert held["nested"][0]["k"][0] is Number.ONE and held["nested"][0]["k"][1][0] is Text.B
    assert held["bits"] is Bits.P | Bits.Q and not isinstance(held["bits"], int)
    assert held["y"] is Plain.Y and held["y"] != 2
