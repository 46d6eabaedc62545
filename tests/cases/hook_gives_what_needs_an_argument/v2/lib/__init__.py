class Server:
    def __init__(self, host, port):
        self.host = host
        self.port = port
        self.calls = 0
        self.log = []

    def __upgrade__(self, change):
        assert change.added == ("host", "log", "port") and change.removed == ("address",), (change.added, change.removed)
        assert change.old["address"] == self.address and change.old_version == "1" and change.new_version == "2"
        assert self.log == []
        self.host, _, port = self.address.partition(":")
        self.port = int(port)
        del self.address

    def get(self):
        self.log.append(self.calls)
        return self.host, self.port, self.calls, self.log
