"""Instances of an upgraded class: what they add to the pause, and how fast their attributes are read afterwards.

In one process the instances belong to the class that is upgraded, in the other to a class of the program that looks the same. Heap and
upgrade are the same; what differs is that the first have to move.
"""

import gc
import pathlib
import time

import common


class Stranger:
    def __init__(self, number):
        self.number, self.name, self.next, self.left, self.right = number, "name", None, number + 1, number + 2


def read(items):
    """Seconds of this thread to read three attributes of each, the best of several rounds."""
    best = float("inf")
    for _ in range(15):
        begin = time.thread_time()
        for item in items:
            item.number, item.left, item.right  # noqa: B018
        best = min(best, time.thread_time() - begin)
    return best


def assign_class(count):
    """The way without midflight: item.__class__ = C for each; and reads after it."""

    class Later(Stranger):
        pass

    items = [Stranger(number) for number in range(count)]
    before, size = read(items), common.memory()
    begin = time.thread_time()
    for item in items:
        item.__class__ = Later
    seconds = time.thread_time() - begin
    grown = common.memory() - size
    return {"seconds": seconds, "grown": grown, "read_before": before, "read_after": read(items)}


def main(count, site, release, move):
    import held
    import midflight

    items = [(held.Item if move else Stranger)(number) for number in range(count)]
    gc.collect()
    before, size = read(items), common.memory()
    pauses = []
    for number in (2, 3) * 4 + (2,):  # to and fro
        common.install(pathlib.Path(release.format(number)), pathlib.Path(site))
        pauses.append(midflight.upgrade("held").pause)
    grown, after = common.memory() - size, read(items)
    assert held.VERSION == 2 and type(items[0]) is (held.Item if move else Stranger)
    to_second, to_third = min(pauses[0::2]), min(pauses[1::2])
    figures = {
        "pause": min(pauses),
        "directions": [to_second, to_third],
        "read_before": before,
        "read_after": after,
        "grown": grown,
    }
    common.answer(**figures, assigned=assign_class(count) if move else None)


if __name__ == "__main__":
    main(**common.settings())
