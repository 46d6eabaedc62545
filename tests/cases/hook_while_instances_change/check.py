"""Threads go on changing the instances: what the hook made counts only for the state that it was made from."""

import threading
import time

import lib

errors = []
stop = threading.Event()


def work(counter, number):
    while not stop.is_set():
        try:
            counter.add()
        except BaseException as error:
            errors.append(error)
            return
        time.sleep(0.02 + number / 100)


def run(upgrade):
    counters = [lib.Counter() for _ in range(3)]
    threads = [threading.Thread(target=work, args=(counter, n)) for n, counter in enumerate(counters)]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    try:
        upgrade()
        time.sleep(0.1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors, errors
    assert all(counter.doubled == 2 * counter.n > 0 for counter in counters)
