"""An instance that would get a new object is a list that another thread is sorting, where no frame shows it: the sort has
its items in hand. Not then; afterwards."""

import functools
import threading

import lib

UPGRADE = {"wait": 0.3}
EXPECT = "refused:busy"


def run(upgrade):
    items = lib.Items([3, 1, 2])
    inside, go_on = threading.Event(), threading.Event()

    def key(item):
        inside.set()
        go_on.wait()
        return item

    thread = threading.Thread(target=functools.partial(functools.partial(items.sort, key=key)))
    thread.start()
    inside.wait()
    upgrade()
    go_on.set()
    thread.join()
    assert items == [1, 2, 3] and type(items) is lib.Items
    items.append(4)
    assert len(items) == 4
