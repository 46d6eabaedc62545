class Server:
    def __init__(self, address):
        self.address = address
        self.timeout = 30
