"""A key remembers its hash, which is made of the class: it would go on to say the old one, and an equal key another."""

import refused_hash_that_keys_remember as lib

EXPECT = "refused:holder"


def hold():
    return {lib.Key("a"): 1}


def check(held):
    assert held[lib.Key("a")] == 1 and lib.Key.version == 1
