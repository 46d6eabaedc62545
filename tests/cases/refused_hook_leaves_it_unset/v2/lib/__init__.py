class C:
    def __init__(self, host, port):
        self.host = host
        self.port = port

    def __upgrade__(self, change):
        if self.host == "known":
            self.port = 80

    def get(self):
        return self.host, self.port
