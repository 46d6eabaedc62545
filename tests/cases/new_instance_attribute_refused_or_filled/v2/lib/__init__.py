class C:
    def __init__(self, host, port=80):
        self.host = host
        self.port = port

    def url(self):
        return f"{self.host}:{self.port}"
