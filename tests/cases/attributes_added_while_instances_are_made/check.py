"""Threads go on making and using instances; none is ever seen without the attribute by new code."""

import threading
import time

import lib

errors, kept = [], []
stop = threading.Event()


def work():
    mine = []
    while not stop.is_set():
        try:
            mine.append(lib.C(len(mine)))
            for n, instance in enumerate(mine[-20:], max(0, len(mine) - 20)):
                assert instance.get() == n
        except BaseException as error:
            errors.append(error)
            return
        time.sleep(0.0001)
    kept.extend(mine)


def run(upgrade):
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    try:
        upgrade()
        time.sleep(0.05)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors, errors
    assert all(instance.made == ["made"] for instance in kept)
    assert len({id(instance.made) for instance in kept}) == len(kept)
