class Stored:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        return self if instance is None else instance.__dict__[self.name]

    def __set__(self, instance, value):
        instance.__dict__[self.name] = int(value)


class Box:
    size = Stored()

    def __init__(self):
        self.size = 1
