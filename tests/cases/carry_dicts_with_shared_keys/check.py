"""Dicts that share their keys with a class, as vars() gives them and copies of them do: what the program put in stays,
what the new version changes and adds comes, and an instance whose __dict__ one is follows."""

import lib

FRESH = False


def hold():
    for table in (lib.SHOWN, lib.COPIED, lib.LIVE):
        table["host"] = "mine"
    return lib.SHOWN, lib.COPIED, lib.LIVE, lib.kept


def check(held):
    *tables, kept = held
    for name, table in zip(("SHOWN", "COPIED", "LIVE"), tables, strict=True):
        assert getattr(lib, name) is table, name
        assert table == {"host": "mine", "port": 2, "added": 4}, (name, table)
    assert kept.__dict__ is lib.LIVE and (kept.host, kept.port, kept.added) == ("mine", 2, 4)
    kept.host = "theirs"
    assert lib.LIVE["host"] == "theirs"
