"""Subclasses of built-in classes gain slots or lose their __dict__: values, contents and keys stay."""

import lib

VALUES = {
    "Int": 10**30,
    "Float": 1.5,
    "Complex": 1j,
    "Str": "text \u20ac",
    "Bytes": b"bytes",
    "Tuple": (1, [2]),
    "List": [1, [2]],
    "Dict": {"a": 1, 2: [3]},
    "Set": {1, "two"},
    "Frozen": frozenset([1, (2,)]),
    "Array": bytearray(b"array"),
    "Deque": range(100),
    "Ordered": [("z", 1), ("a", 2)],
}


def hold():
    made = {name: getattr(lib, name)(value) for name, value in VALUES.items()}
    made["Default"] = lib.Default(list, {"a": [1]})
    keys = {made[name]: name for name in ("Int", "Float", "Complex", "Str", "Bytes", "Frozen")}
    view = memoryview(made["Array"])
    return made, keys, {(made["Str"], made["Int"])}, view


def check(held):
    made, keys, pairs, view = held
    for name, value in VALUES.items():
        kind = getattr(lib, name)
        assert type(made[name]) is kind and made[name] == kind(value) and made[name].version() == 2, name
        assert not hasattr(made[name], "__dict__") or name == "Ordered", name
    assert list(keys.values()) == ["Int", "Float", "Complex", "Str", "Bytes", "Frozen"]
    assert all(keys[lib.__dict__[name](VALUES[name])] == name for name in keys.values())
    assert keys["text \u20ac"] == "Str" and ("text \u20ac", 10**30) in pairs
    assert made["Default"]["missing"] == [] and made["Default"]["a"] == [1]
    view[0] = 65
    assert made["Array"] == b"Array" and view.obj is made["Array"]
    made["Deque"].appendleft(-1)
    assert len(made["Deque"]) == 101 and made["Ordered"].popitem() == ("a", 2)
    made["List"].more = made["Dict"].more = 5
    assert made["List"].more == 5 and made["Dict"].more == 5
