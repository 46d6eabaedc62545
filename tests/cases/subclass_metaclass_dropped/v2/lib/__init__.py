import abc


class Meta(type):
    def hello(cls):
        return cls.__name__


class Base(Meta):
    pass


class Tagged:
    def m(self):
        return 2


class Shaped:
    def m(self):
        return 2


class Deep(metaclass=Meta):
    def m(self):
        return 2


class Other(abc.ABC):
    def m(self):
        return 2
