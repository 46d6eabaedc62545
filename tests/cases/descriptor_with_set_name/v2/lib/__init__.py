class Field:
    def __init__(self, default):
        self.default = default

    def __set_name__(self, owner, name):
        self.owner, self.name = owner, name

    def __get__(self, obj, cls=None):
        return self if obj is None else obj.__dict__.get(self.name, self.default) + 2

    def __set__(self, obj, value):
        obj.__dict__[self.name] = value * 2


class Model:
    x = Field(10)
