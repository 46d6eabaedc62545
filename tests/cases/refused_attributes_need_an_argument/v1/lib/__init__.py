class C:
    def __init__(self, host):
        self.host = host

    def url(self):
        return self.host
