import threading


class Pool:
    limit = 2

    def __init__(self):
        self.lock = threading.Lock()
        self.items = []
        self.size = 2
        self.hits = 0
        self.name = "v2"

    def get(self):
        self.hits += 1
        self.items.append(self.hits)
        return self.limit


POOL = Pool()
QUIET = Pool()
