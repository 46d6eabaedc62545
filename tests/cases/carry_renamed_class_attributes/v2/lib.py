class Connection:
    total = 0
    alive = []

    def __init__(self):
        Connection.total += 1
        Connection.alive.append(self)

    @classmethod
    def counts(cls):
        return cls.total, len(cls.alive)


class Plain:
    retries = 0

    def __init__(self):
        pass

    def limit(self):
        return self.retries + 1
