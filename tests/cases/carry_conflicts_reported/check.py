"""Both the program and the release changed a value: the program's way, and the report says so."""

import lib

FRESH = False


def hold():
    lib.LEVEL = 9
    lib.TABLE["a"] = 9
    lib.C.limit = 9
    lib.GONE = 9
    lib.EQUAL = 5


def check(held, report):
    assert (lib.LEVEL, lib.TABLE, lib.C.limit, lib.GONE, lib.EQUAL) == (9, {"a": 9, "b": 2}, 9, 9, 5)
    told = {f"{c.module}.{c.symbol}": c.kept for c in report.conflicts}
    assert set(told) == {"lib.LEVEL", "lib.TABLE['a']", "lib.C.limit", "lib.GONE"}
    assert told["lib.LEVEL"] == "the program's way was kept, 9; it was 1, and the new version starts with 2"
    assert "nothing" in told["lib.GONE"]
    assert (
        "lib.LEVEL" in str(report)
        and {"module": "lib", "symbol": "LEVEL", "kept": told["lib.LEVEL"]} in report.to_dict()["conflicts"]
    )
