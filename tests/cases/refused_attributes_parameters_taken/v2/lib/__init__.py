class C:
    def __init__(self, name, *, old=False, **options):
        self.name = name
        self.old = old
        self.options = options

    def read(self):
        return self.name, self.old
