"""keep, new and merge: the program's word about a name."""

import lib

FRESH = False
UPGRADE = {
    "state": {
        "lib.KEPT": "keep",
        "lib.NEW": "new",
        "lib.MERGED": "merge",
        "lib.COUNT": "new",
        "lib.LIMIT": "keep",
        "lib.C.table": "keep",
    }
}


def hold():
    lib.NEW["p"] = lib.C.table["p"] = 1
    lib.COUNT = 50
    lib.fill(5)
    return lib.KEPT, lib.NEW, lib.MERGED, lib.C.table


def check(held, report):
    kept, new, merged, table = held
    assert kept is lib.KEPT == {"a": 1} and new is lib.NEW == {"a": 2}
    assert merged is lib.MERGED == {5: 10} and lib.fill(5) == 10
    assert lib.COUNT == 2 and lib.LIMIT == 1
    assert table is lib.C.table == {"a": 1, "p": 1}
    assert report.conflicts == []
