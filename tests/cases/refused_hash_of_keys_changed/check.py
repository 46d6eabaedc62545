"""Keys whose hash is made of one more field in the new version would be lost in their tables."""

from refused_hash_of_keys_changed import Key

EXPECT = "refused:holder"


def hold():
    return {Key(1): "one"}, {Key(2)}


def check(held):
    table, members = held
    assert table[Key(1)] == "one" and Key(2) in members
