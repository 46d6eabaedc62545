import collections
import threading


class Part:
    def __init__(self):
        self.uses = 0
        self.more = ["m"]

    def use(self):
        self.uses += 1
        return self.uses, self.more


OLD_PARTS = [Part()]


def make():
    return Part()


class C:
    def __init__(self, n):
        self.n = n
        self.lock = threading.Lock()
        self.queue = collections.deque(maxlen=3)
        self.part = make()

    def all(self):
        with self.lock:
            self.queue.append(self.n)
            return list(self.queue), self.part.use()
