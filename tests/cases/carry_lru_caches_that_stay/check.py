"""Rows 1 and 7: an lru_cache stays with results that would be the same, and with things that the program may hold; no other."""

import lib

FRESH = False


def hold():
    settings, client, other = lib.settings(), lib.Client.get("a"), lib.Client.get("b")
    settings.debug = True
    client.table("t").append("mine")
    assert lib.same(4) == 8 and lib.by_another(3) == 3 and lib.fields(lib.Named) == ["a"]
    assert (
        lib.bounded("x").version() == 1 and lib.generated("x")().version() == 1 and type(lib.gone()).__name__ == "Old"
    )
    return settings, client, other, lib.settings, lib.same.cache_info


def check(held, report):
    settings, client, other, function, info = held
    assert function is lib.settings and lib.settings() is settings and settings.debug and settings.version() == 2
    assert lib.Client.get("b") is other and lib.Client.get("a") is client and client.version() == 2
    assert lib.Client.get("c").name == "c" and lib.Client.get("a") is client and lib.Client.get("b") is not other
    assert client.table("t") == ["a", "t", "mine"]
    assert lib.same(4) == 8 and lib.CALLS == ["a", "b", 4, "c", "b"] and info().hits == 1
    assert lib.by_another(3) == 6 and lib.fields(lib.Named) == ["a", "b"] and lib.generated("x")().version() == 2
    assert lib.bounded.cache_info().maxsize == 2 and type(lib.gone()).__name__ == "New"
    names = sorted(note.split()[0] for note in report.notes)
    assert names == ["lib.bounded", "lib.by_another", "lib.fields", "lib.generated", "lib.gone"], report.notes
