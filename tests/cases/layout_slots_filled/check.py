"""What the new __init__ sets in added slots, or beside slots in a new __dict__, is filled in: a fresh value each."""

import lib


def hold():
    asked = lib.Gains(9)
    vars(asked) if hasattr(asked, "__dict__") else None
    return [lib.Slotted(n) for n in range(3)], [lib.Gains(n) for n in range(3)], [lib.Loses(n) for n in range(3)], asked


def check(held):
    for things in held[:3]:
        for n, thing in enumerate(things):
            assert thing.n == n and thing.tags == [] and thing.limit == 5 and thing.all() == [n, 5]
            thing.tags.append(n)
        assert [thing.tags for thing in things] == [[0], [1], [2]]
    assert held[3].all() == [9, 5] and held[3].tags == []
