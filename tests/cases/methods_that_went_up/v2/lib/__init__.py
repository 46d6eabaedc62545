class Base:
    def replaced(self):
        return "base, 2"

    def method(self):
        return "method, 2"

    @staticmethod
    def static():
        return "static, 2"

    @classmethod
    def of_class(cls):
        return "class, 2", cls.__name__

    @property
    def value(self):
        return "value, 2"


class Thing(Base):
    pass
