"""A for loop and C code have an instance in hand while it is to be replaced: the flip waits until they have not."""

import threading

import lib

UPGRADE = {"wait": 10}


class Loop(threading.Thread):
    def __init__(self, source):
        super().__init__(daemon=True)
        self.source, self.seen, self.kinds = source, [], set()

    def run(self):
        for value in self.source:
            self.seen.append(value)
            self.kinds.add(type(self.source))


class InC(Loop):
    def run(self):
        self.seen = list(map(str, self.source))


def hold():
    loops = [Loop(lib.Source(5)), InC(lib.Source(5))]
    for loop in loops:
        loop.start()
        loop.source.waiting.wait()
        threading.Timer(0.4, loop.source.go.set).start()
    return loops


def check(held):
    for loop in held:
        loop.join(10)
        assert not loop.is_alive() and type(loop.source) is lib.Source and loop.source.left == 0
    assert held[0].seen == [4, 3, 2, 1, 0] and held[1].seen == ["4", "3", "2", "1", "0"]
    assert lib.Source in held[0].kinds
