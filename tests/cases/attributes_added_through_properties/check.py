"""What a constructor sets may be a property: its setter says what is stored, and an attribute may become one."""

import lib


def hold():
    return [lib.C("a", 1), lib.C("b", 2)]


def check(held):
    first, second = held
    assert first.all() == ("a", 1, 30, [], {}) and second.all() == ("b", 2, 30, [], {})
    assert first.tags is not second.tags and first._seen is not second._seen
    first.host = "c"
    assert first.host == "c" and second.host == "b"
