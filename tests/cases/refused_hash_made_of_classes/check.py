"""A key was given its hash by its constructor, which made it of classes too: an equal key of the new version has another one."""

import refused_hash_made_of_classes as lib

EXPECT = "refused:holder"


def hold():
    return {lib.compiled("p"): 1}


def check(held):
    assert held[lib.compiled("p")] == 1 and lib.Pattern.version == 1
