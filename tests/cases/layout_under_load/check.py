"""Threads call methods of shared instances and make new ones all the time, while the class changes its layout."""

import threading

import lib

FRESH = False
ROUNDS = 3


class Load(threading.Thread):
    def __init__(self, shared):
        super().__init__(daemon=True)
        self.shared, self.calls, self.made, self.problem = shared, 0, 0, None

    def run(self):
        try:
            while not STOP.is_set():
                self.shared.add(1)
                self.calls += 1
                mine = lib.Counter(5)
                mine.add(self.calls)
                assert mine.n == 5 + self.calls and type(mine) is type(mine.me())
                self.made += 1
                assert sum(map(lib.Counter.value, [mine, mine])) == 2 * mine.n
        except BaseException as problem:
            self.problem = problem


class Constructors(Load):
    def run(self):
        try:
            while not STOP.is_set():
                assert lib.Counter(self.made).n == self.made
                self.made += 1
        except BaseException as problem:
            self.problem = problem


STOP = threading.Event()


def run(upgrade):
    shared = lib.Counter(0)
    threads = [Load(shared) for _ in range(3)] + [Constructors(shared)]
    for thread in threads:
        thread.start()
    held = [lib.Counter(n) for n in range(100)]
    upgrade()
    STOP.set()
    for thread in threads:
        thread.join(20)
        assert thread.problem is None, repr(thread.problem)
    assert shared.n == sum(thread.calls for thread in threads) and type(shared) is lib.Counter
    assert [one.n for one in held] == list(range(100)) and not hasattr(shared, "__dict__")
    assert lib.Counter(1).version() == held[0].version() == 2
