"""contents: a container gets another content while iterators are over it; and back again."""

import collections
import sys

import pytest

testing = pytest.importorskip("midflight._testing")

N = 70
KINDS = {
    "dict": lambda: dict.fromkeys(map(str, range(N))),
    "numbers": lambda: dict.fromkeys(range(N)),
    "ordered": lambda: collections.OrderedDict.fromkeys(range(N)),
    "set": lambda: set(range(N)),
    "small set": lambda: set(range(4)),
    "deque": lambda: collections.deque(range(N)),
}


@pytest.fixture(params=KINDS)
def container(request):
    return KINDS[request.param]()


def over(container):
    """All ways to iterate over it."""
    ways = [iter(container)]
    if hasattr(container, "__reversed__"):
        ways.append(reversed(container))
    if hasattr(container, "items"):
        ways += [iter(container.values()), iter(container.items()), reversed(container.values())]
        ways += [reversed(container.items()), dict.__iter__(container)]
    return ways


def whole(container):
    return [list(iterator) for iterator in over(container)]


def rows(seen, n):
    """What exchange() returns, as one list for each iterator."""
    return [seen[i::n] for i in range(n)]


def content_for(container):
    keys = ["new", 1]
    return keys if isinstance(container, collections.deque | set) else dict.fromkeys(keys, 2)


def test_iterators_end_over_what_they_began_with(container):
    wanted, iterators = whole(container), over(container)
    heads = [[next(iterator)] for iterator in iterators]
    seen = rows(testing.exchange(container, content_for(container), iterators, "nc"), len(iterators))
    assert [h + s + list(rest) for h, s, rest in zip(heads, seen, iterators, strict=True)] == wanted
    assert sorted(map(str, container)) == ["1", "new"] and len(container) == 2


def test_undone_in_the_middle(container):
    wanted, iterators = whole(container), over(container)
    counts = sys.getrefcount(container), list(map(sys.getrefcount, iterators))
    seen = rows(testing.exchange(container, content_for(container), iterators, "ncnu"), len(iterators))
    assert (sys.getrefcount(container), list(map(sys.getrefcount, iterators))) == counts
    assert [s + list(rest) for s, rest in zip(seen, iterators, strict=True)] == wanted
    assert whole(container) == wanted


def test_forwards_and_back_many_times(container):
    wanted, iterators = whole(container), over(container)
    seen = rows(testing.exchange(container, content_for(container), iterators, "ncucuncu"), len(iterators))
    assert [s + list(rest) for s, rest in zip(seen, iterators, strict=True)] == wanted


def test_one_that_would_raise_raises(container):
    iterators = over(container)
    for iterator in iterators:
        next(iterator)
    if isinstance(container, dict):
        container["late"] = 1
    else:
        (container.add if isinstance(container, set) else container.append)("late")
    seen = testing.exchange(container, content_for(container), iterators, "cnun")
    assert seen[: len(iterators)] == [RuntimeError] * len(iterators)


def test_one_that_has_ended_stays_so(container):
    iterators = over(container)
    whole_of_it = [list(iterator) for iterator in iterators]
    assert whole_of_it == whole(container)
    assert testing.exchange(container, content_for(container), iterators, "cn") == [None] * len(iterators)


def test_iterators_over_others_are_left(container):
    other = container.copy()
    wanted, iterators = whole(other), over(other)
    testing.exchange(container, content_for(container), iterators, "c")
    assert list(map(list, iterators)) == wanted


def test_an_iterator_that_is_not_told_of_notices(container):
    iterators = over(container)
    for iterator in iterators:
        next(iterator)
    assert testing.exchange(container, content_for(container), [], "c") == []
    for iterator in iterators:
        with pytest.raises(RuntimeError):
            next(iterator)
