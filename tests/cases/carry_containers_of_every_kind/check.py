"""Row 8: what the program put into containers stays, what the new version puts there comes, the objects are the same."""

import collections

import lib

FRESH = False


def hold():
    lib.DICT["p"], lib.ORDERED["p"] = 1, 1
    lib.LIST.append("p")
    lib.SET.add("p")
    lib.DEQUE.append("p")
    lib.COUNTS.update(["p", "p"])
    lib.GROUPS["p"].append(1)
    lib.NESTED["a"]["b"].append("p")
    lib.NESTED["t"][0].append("p")
    return lib.DICT, lib.LIST, lib.SET, lib.DEQUE, lib.ORDERED, lib.COUNTS, lib.GROUPS, lib.NESTED["a"]["b"]


def check(held):
    d, items, members, deque, ordered, counts, groups, inner = held
    assert d is lib.DICT and d == {"p": 1, "new": 2}
    assert items is lib.LIST and items == ["new", "p"]
    assert members is lib.SET and members == {"p", "new"} and "p" in members and "new" in members
    assert deque is lib.DEQUE and deque == collections.deque(["new", "p"]) and deque.maxlen == 3
    assert ordered is lib.ORDERED and dict(ordered) == {"p": 1, "new": 2}
    ordered.move_to_end("p")
    ordered["later"] = 3
    assert list(ordered) == ["new", "p", "later"] and list(reversed(ordered)) == ["later", "p", "new"]
    assert counts is lib.COUNTS and counts == {"p": 2, "new": 2} and counts.most_common(1)
    assert groups is lib.GROUPS and groups == {"p": [1], "new": [2]} and groups["x"] == []
    assert lib.NESTED["a"]["b"] is inner and inner == ["p"]
    assert lib.NESTED["a"]["c"] == 2 and lib.NESTED["d"] == 2 and lib.NESTED["t"][0] == ["p"]
    for table in (d, ordered, counts, groups):
        table["after"] = 1
        assert table["after"] == 1 and len(list(table)) == len(table)
    items.append("after")
    members.add("after")
    deque.append("after")
    assert list(deque) == ["new", "p", "after"] and "after" in members and items[-1] == "after"
