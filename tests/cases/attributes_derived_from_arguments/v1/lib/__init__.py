class Spec:
    __slots__ = ("first", "name", "options")

    def __init__(self, name, options):
        self.name = name
        self.options = options
        self.first = options.get("first")


class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level


class Sub(Mark):
    def __init__(self, options):
        super().__init__(options, level=2)
