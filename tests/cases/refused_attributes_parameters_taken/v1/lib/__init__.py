class C:
    def __init__(self, name, **options):
        self.name = name
        self.options = options
