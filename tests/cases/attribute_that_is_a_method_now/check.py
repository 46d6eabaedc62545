"""What old instances have under the name of a method of the new version does not hide it."""

import lib

FRESH = False


class Mine(lib.Box):
    pass


def hold():
    box, mine, narrow = lib.Box(), Mine(), lib.Narrow()
    box.size = mine.size = narrow.size = 4
    return box, mine, narrow


def check(held):
    box, mine, narrow = held
    assert box.size() == mine.size() == narrow.size() == 40
    assert box.kind() == mine.kind() == "new"
    assert vars(box) == {"k": 2, "_size": 4}
