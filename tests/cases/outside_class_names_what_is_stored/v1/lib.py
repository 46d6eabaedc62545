class Failed(Exception):
    def __init__(self, *args, **given):
        self.handle = given.pop("handle", None)
        super().__init__(*args)


class Base:
    def configure(self, **given):
        self.limit = given.get("limit", 1)
        self.label = str(given.get("label", ""))

    def run(self):
        return ("v1", self.handle(), self.limit, self.label)
