class Failed(Exception):
    def __init__(self, *args, **given):
        self.handle = given.pop("handle", "none")
        super().__init__(*args)


class Base:
    def configure(self, **given):
        self.limit = given.get("limit", 2)
        self.label = str(given.get("label", ""))

    def run(self):
        return ("v2", self.handle(), self.limit, self.label)
