class Server:
    on_error = None

    def __init__(self):
        self.hook = None

    def ask(self):
        return "ask2"

    def run(self):
        return self.ask(), self.on_error and self.on_error(), self.hook and self.hook()


SERVER = Server()
