"""Iterators that are under way: over instances that get new objects, and over containers keyed by them."""

import lib


def hold():
    numbers, table, members = lib.List(range(10)), lib.Dict((n, -n) for n in range(10)), lib.Set(range(10))
    keys = [lib.Key(n) for n in range(10)]
    keyed = {key: key.n for key in keys}
    iterators = [
        iter(numbers),
        iter(table),
        iter(table.items()),
        reversed(table),
        iter(members),
        iter(keyed),
        iter(set(keys)),
    ]
    begun = [[next(iterator) for _ in range(4)] for iterator in iterators]
    return numbers, table, members, keys, keyed, iterators, begun


def check(held):
    numbers, table, members, keys, keyed, iterators, begun = held
    all_of = [head + list(rest) for head, rest in zip(begun, iterators, strict=True)]
    assert all_of[0] == list(range(10)) == list(numbers)
    assert (
        all_of[1] == list(range(10))
        and all_of[2] == [(n, -n) for n in range(10)]
        and all_of[3] == list(range(10))[::-1]
    )
    assert sorted(all_of[4]) == list(range(10)) and all_of[4] == list(members)
    assert [key.n for key in all_of[5]] == list(range(10)) and all_of[5] == keys
    assert sorted(key.n for key in all_of[6]) == list(range(10)) and all(type(key) is lib.Key for key in all_of[6])
    assert [keyed[key] for key in keys] == list(range(10))
    numbers.append(10)
    table["x"] = 1
    members.add(11)
    assert len(numbers) == len(table) == len(members) == 11 and numbers.note == "new"
