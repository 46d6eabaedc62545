class Server:
    limit = 2

    def __init__(self):
        self.handled = []

    def serve(self, source):
        marker = "serve 2"
        for item in source:
            self.handled.append((marker, self.handle(item), isinstance(self, Server), self.limit))

    def handle(self, item):
        return (item, 2)
