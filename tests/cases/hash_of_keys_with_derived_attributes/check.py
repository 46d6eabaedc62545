"""A hash that is made of what the new version makes of an argument that the key has kept."""

import hash_of_keys_with_derived_attributes as lib


def hold():
    return {lib.Mark("m", level=2): 1}


def check(held):
    (key,) = held
    assert key.all() == ("m", "!!")
    assert held.get(lib.Mark("m", level=2)) == 1 and held.get(key) == 1
