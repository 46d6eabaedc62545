class Server:
    limit = 1

    def __init__(self):
        self.handled = []

    def serve(self, source):
        marker = "serve 1"
        for item in source:
            self.handled.append((marker, self.handle(item), isinstance(self, Server), self.limit))

    def handle(self, item):
        return (item, 1)
