"""compat/state: a dict's version tells every change of it, or there is none."""

import collections

import pytest
from midflight import _testing

LIMIT = 0


class Settings:
    pass


class Holder:
    def __init__(self):
        self.first = 1


def set_global(value):
    global LIMIT
    LIMIT = value


def set_attribute(holder, value):
    holder.first = value


def set_item(table, value):
    table["a"] = value


def held():
    return {"a": 1, "b": 2}


WRITES = {
    "a new key": lambda d: d.__setitem__("c", 3),
    "another value": lambda d: d.__setitem__("a", object()),
    "del": lambda d: d.__delitem__("a"),
    "pop": lambda d: d.pop("a"),
    "popitem": lambda d: d.popitem(),
    "setdefault": lambda d: d.setdefault("c", 3),
    "update with a dict": lambda d: d.update({"a": 7}),
    "update with pairs": lambda d: d.update([("a", 7)]),
    "update with names": lambda d: d.update(c=3),
    "|=": lambda d: d.__ior__({"a": 7}),
    "clear": lambda d: d.clear(),
    "__init__": lambda d: d.__init__(a=7),
    "a key of another type": lambda d: d.__setitem__(7, 7),
    "exec": lambda d: exec("c = 3", d),
}


@pytest.mark.parametrize("kind", [dict, collections.OrderedDict, collections.defaultdict])
@pytest.mark.parametrize("way", WRITES)
def test_a_write_is_another_version(way, kind):
    table = kind(**held()) if kind is not collections.defaultdict else kind(int, held())
    if way == "exec" and kind is collections.OrderedDict:
        pytest.skip("namespaces are dicts")
    before = _testing.version(table)
    assert before is not None and before == _testing.version(table), "looking is no change"
    WRITES[way](table)
    assert _testing.version(table) != before


def test_a_missing_key_made_by_looking():
    table = collections.defaultdict(list, held())
    before = _testing.version(table)
    table["new"]
    assert _testing.version(table) != before


def test_an_empty_dict_that_takes_another_ones_keys():
    table = {}
    before = _testing.version(table)
    table.update(held())
    assert _testing.version(table) != before


@pytest.mark.parametrize("warm", [False, True])
def test_what_code_stores(warm):
    """As often as it takes the interpreter to store in the quick way."""
    holder = Holder()
    holder.__dict__["other"] = 2
    vars(holder).pop("other")
    table = held()
    for i in range(500 if warm else 1):
        set_global(i)
        set_attribute(holder, i)
        set_item(table, i)
    found = [globals(), vars(holder), table]
    before = [_testing.version(each) for each in found]
    set_global(object())
    set_attribute(holder, object())
    set_item(table, object())
    after = [_testing.version(each) for each in found]
    assert before[0] != after[0] and before[2] != after[2]
    assert before[1] != after[1] or before[1] is after[1] is None


def test_classes():
    versions = [_testing.version(Settings)]
    for write in (
        lambda: setattr(Settings, "limit", 1),
        lambda: setattr(Settings, "limit", object()),
        lambda: type.__setattr__(Settings, "limit", 3),
        lambda: delattr(Settings, "limit"),
    ):
        write()
        versions.append(_testing.version(Settings))
    assert len(set(versions)) == 5


def test_a_dict_that_shares_its_values_with_an_instance_tells_nothing():
    holder = Holder()
    shared = vars(holder)
    before = _testing.version(shared)
    for i in range(500):
        set_attribute(holder, i)
    assert before is None or _testing.version(shared) != before


class Collides:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return 1

    def __eq__(self, other):
        CALLED.append("eq")
        return self is other


class Answers(dict):
    def __iter__(self):
        CALLED.append("iter")
        return super().__iter__()

    def keys(self):
        CALLED.append("keys")
        return super().keys()


class AnswersInOrder(collections.OrderedDict):
    __iter__, keys = Answers.__iter__, Answers.keys


CALLED = []


@pytest.mark.parametrize("kind", [dict, Answers, collections.OrderedDict, AnswersInOrder])
@pytest.mark.parametrize("make", [str, Collides], ids=["names", "keys with code"])
@pytest.mark.parametrize("n", [0, 1, 5, 12, 300])
def test_a_copy_calls_nothing(kind, make, n):
    """Whatever the class of the dict and its keys are; in order, and with room for what others had deleted."""
    table = kind()
    keys = [make(i) for i in range(n)]
    for i, key in enumerate(keys):
        table[key] = i
    for key in keys[: n // 2]:
        del table[key]
    if isinstance(table, collections.OrderedDict) and n > 1:
        table.move_to_end(keys[-1], last=False)
    expected = list(table.items())
    holder = Holder()
    holder.__dict__ = table
    CALLED.clear()
    copy = _testing.state(holder)
    assert CALLED == [] and type(copy) is dict
    assert list(copy.items()) == expected
    assert [copy[key] for key, _ in expected] == [value for _, value in expected]
    copy["more"] = 1
    assert len(copy) == len(expected) + 1 and len(table) == len(expected)
    del copy, table, holder.__dict__
