class Base:
    def replaced(self):
        return "base, 1"


class Thing(Base):
    def method(self):
        return "method, 1"

    @staticmethod
    def static():
        return "static, 1"

    @classmethod
    def of_class(cls):
        return "class, 1", cls.__name__

    @property
    def value(self):
        return "value, 1"

    def replaced(self):
        return "thing, 1 " + super().replaced()
