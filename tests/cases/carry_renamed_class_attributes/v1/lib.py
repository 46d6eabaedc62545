class Connection:
    opened = 0
    live = []

    def __init__(self):
        Connection.opened += 1
        Connection.live.append(self)

    @classmethod
    def counts(cls):
        return cls.opened, len(cls.live)


class Plain:
    made = 0

    def __init__(self):
        Plain.made += 1

    def limit(self):
        return self.made
