REGISTRY = {}


class Meta(type):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        REGISTRY[name] = cls


class Base(metaclass=Meta):
    pass
