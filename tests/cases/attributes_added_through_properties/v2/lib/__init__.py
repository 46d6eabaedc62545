class C:
    def __init__(self, host, port, level=3):
        self.host = host
        self._port = port
        self.zone = "old"
        self.level = level
        self.tags = []

    @property
    def port(self):
        return self._port

    @property
    def host(self):
        return self._host

    @host.setter
    def host(self, value):
        if not value:
            raise ValueError(value)
        self._host = value

    @property
    def level(self):
        return self._level

    @level.setter
    def level(self, value):
        self._level = value * 10

    @property
    def tags(self):
        return self._tags

    @tags.setter
    def tags(self, value):
        self._tags, self._seen = list(value), {}

    def all(self):
        return self.host, self.port, self.level, self.tags, self._seen
