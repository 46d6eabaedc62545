class App:
    defaults = {"DEBUG": False, "TESTING": False, "SECRET": None, "SERVER": None, "ROOT": "/", "JSON": True}

    def __init__(self):
        self.config = dict(self.defaults)

    def limit(self):
        return None
