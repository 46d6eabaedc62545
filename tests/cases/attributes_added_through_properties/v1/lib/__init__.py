class C:
    def __init__(self, host, port):
        self.host = host
        self._port = port
        self.zone = "old"

    @property
    def port(self):
        return self._port
