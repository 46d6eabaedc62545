class Link:
    def __init__(self):
        self.sent = []


class Client:
    def __init__(self, host):
        self.host = host
        self._channel = None

    def __getstate__(self):
        return self.host

    def __setstate__(self, host):
        self._channel = None
        self.host = host

    def send(self, text):
        if self._channel is None:
            self._channel = self.connect()
        self._channel.sent = [*self._channel.sent, text]
        return -len(self._channel.sent)

    def connect(self):
        return Link()
