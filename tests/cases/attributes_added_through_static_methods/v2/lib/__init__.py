class Field:
    def __init__(self, *, check=None, before=None, after=None):
        self.check = check
        self.before = self._listed(before, name="before")
        if after:
            raise TypeError("not yet")
        self.after = ["after", *self._listed(after, name="after")]

    @staticmethod
    def _listed(functions, *, name):
        if functions is None:
            return []
        if callable(functions):
            return [functions]
        raise ValueError(name)

    def all(self):
        return self.check, self.before, self.after


class Text(Field):
    def __init__(self, size, **settings):
        super().__init__(**settings)
        self.size = size
