class Link:
    def __init__(self):
        self.sent = []


class Client:
    def __init__(self, host):
        self.host = host
        self._link = None

    def __getstate__(self):
        return self.host

    def __setstate__(self, host):
        self._link = None
        self.host = host

    def send(self, text):
        if self._link is None:
            self._link = self.connect()
        self._link.sent = [*self._link.sent, text]
        return len(self._link.sent)

    def connect(self):
        return Link()
