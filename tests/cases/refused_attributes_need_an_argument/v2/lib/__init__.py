class C:
    def __init__(self, host, port):
        self.host = host
        self.port = port

    def url(self):
        return f"{self.host}:{self.port}"
