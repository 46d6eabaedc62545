class App:
    defaults = {
        "DEBUG": False,
        "TESTING": False,
        "SECRET": None,
        "SERVER": None,
        "ROOT": "/",
        "JSON": True,
        "LIMIT": 500,
        "KEYS": ("a", "b"),
    }

    def __init__(self):
        self.config = dict(self.defaults)

    def limit(self):
        return self.config["LIMIT"]
