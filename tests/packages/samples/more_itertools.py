import more_itertools
from more_itertools import bucket, countable, peekable, seekable, spy


class Numbered(peekable):
    """An iterator of the program."""

    def __next__(self):
        return super().__next__() * 10


def hold():
    peek, seek, own = peekable(range(5)), seekable(str(n) for n in range(4)), Numbered([1, 2])
    assert peek.peek() == 0 and next(peek) == 0 and next(seek) == "0" and next(own) == 10
    groups = bucket(["a1", "b1", "a2"], key=lambda text: text[0])
    chunks = more_itertools.chunked(range(5), 2)
    assert next(groups["a"]) == "a1" and next(chunks) == [0, 1]
    return (
        peek,
        seek,
        own,
        groups,
        chunks,
        countable([1, 2]),
        more_itertools.windowed(range(4), 3),
        more_itertools.numeric_range(1, 4),
    )


def use(held):
    peek, seek, own, groups, chunks, count, windows, numbers = held
    peek.prepend(-1)
    assert list(peek) == [-1, 1, 2, 3, 4] and not peek and type(peek) is peekable and isinstance(own, peekable)
    seek.seek(0)
    assert (
        list(seek) == ["0", "1", "2", "3"] and list(own) == [20] and list(groups["a"]) == ["a2"] and "b" in list(groups)
    )
    assert list(chunks) == [[2, 3], [4]] and list(windows) == [(0, 1, 2), (1, 2, 3)] and list(numbers) == [1, 2, 3]
    assert (
        numbers == more_itertools.numeric_range(1, 4) and 2 in numbers and type(numbers) is more_itertools.numeric_range
    )
    assert list(count) == [1, 2] and count.items_seen == 2 and spy("abc", 2)[0] == ["a", "b"]
    assert more_itertools.one([3]) == 3 and list(more_itertools.flatten([[1], [2]])) == [1, 2]
    for call in (lambda: more_itertools.one([1, 2]), lambda: list(more_itertools.chunked([1], 2, strict=True))):
        try:
            call()
        except ValueError:
            continue
        raise AssertionError("no error")
