import threading


class Pool:
    limit = 1

    def __init__(self):
        self.lock = threading.Lock()
        self.items = []
        self.size = 1
        self.hits = 0
        self.name = "v1"

    def get(self):
        self.hits += 1
        self.items.append(self.hits)
        return self.limit


POOL = Pool()
QUIET = Pool()
