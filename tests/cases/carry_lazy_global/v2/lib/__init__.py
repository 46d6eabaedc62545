_table = None
_client = None
SCALE = 5


class Client:
    def __init__(self):
        self.sent = []

    def count(self):
        return len(self.sent)


def build():
    return {n: n * SCALE for n in range(3)}


def table():
    global _table
    if _table is None:
        _table = build()
    return _table


def client():
    global _client
    if _client is None:
        _client = Client()
    return _client
