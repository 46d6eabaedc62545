LIMITS = [10, 20]


class C:
    def __init__(self, n=1, timeout=None, *, limits=LIMITS, retries: int = 3):
        self.n = n
        self.timeout = timeout or 30
        self.limits = limits
        self.retries = retries if retries is not None else -1
        if timeout is None:
            self.clock = "none"
        else:
            self.clock = timeout * 2

    def all(self):
        return self.n, self.timeout, self.limits, self.retries, self.clock
