class Field:
    def __init__(self, *, check=None):
        self.check = check


class Text(Field):
    def __init__(self, size, **settings):
        super().__init__(**settings)
        self.size = size
