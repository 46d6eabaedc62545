def counted(options):
    return len(options)


class Spec:
    __slots__ = ("first", "late", "name", "options")

    def __init__(self, name, options):
        self.name = name
        self.options = options
        self.first = options.get("first")
        self.late = options.get("late")

    def all(self):
        return self.name, self.first, self.late


class Mark:
    def __init__(self, options, *, level=0):
        self.options = options
        self.level = level
        if level > 1:
            shown = "!" * level
        else:
            shown = "."
        self.shown = shown
        self.size = 10 * counted(options)

    def all(self):
        return self.options, self.shown, self.size


class Sub(Mark):
    def __init__(self, options):
        super().__init__(options, level=2)
