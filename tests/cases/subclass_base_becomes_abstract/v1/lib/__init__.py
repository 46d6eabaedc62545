class Base:
    def run(self):
        raise NotImplementedError

    def name(self):
        return "one"


class Other:
    pass
