"""OrderedDict has an order of its own beside the dict's: keys are found, moved and popped."""

import collections

import lib


class Sub(collections.OrderedDict):
    pass


def hold():
    pairs = [("a", 0), (lib.f, 1), (lib.C, 2), ((lib.D, 1), 3), ("z", 4)]
    return collections.OrderedDict(pairs), Sub(pairs)


def check(held):
    for ordered in held:
        assert list(ordered) == ["a", lib.f, lib.C, (lib.D, 1), "z"]
        assert ordered[lib.C] == 2 and ordered[(lib.D, 1)] == 3
        ordered.move_to_end(lib.f)
        assert ordered.popitem() == (lib.f, 1)
        del ordered[lib.C]
        ordered[lib.C] = 5
        assert list(reversed(ordered)) == [lib.C, "z", (lib.D, 1), "a"]
