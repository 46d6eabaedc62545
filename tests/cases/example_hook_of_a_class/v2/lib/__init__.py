class Server:
    def __init__(self, host, port, timeout_ms=30_000):
        self.host = host
        self.port = port
        self.timeout_ms = timeout_ms
        self.failures = []

    def __upgrade__(self, change):
        if "address" in change.removed:
            host, _, port = change.old["address"].partition(":")
            self.host = host
            self.port = int(port or 80)
            self.timeout_ms = change.old["timeout"] * 1000
            del self.address, self.timeout

    def url(self):
        return f"http://{self.host}:{self.port}/"
