class Base:
    def __new__(cls, *args):
        made = super().__new__(cls)
        made.new = 2
        return made

    def __init__(self, a):
        self.a = a * 2

    def __init_subclass__(cls, **options):
        super().__init_subclass__()
        cls.options = options
