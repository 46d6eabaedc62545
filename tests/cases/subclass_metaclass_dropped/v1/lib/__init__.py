import abc


class Meta(type):
    def hello(cls):
        return cls.__name__


class Base(Meta):
    pass


class Tagged(metaclass=Meta):
    def m(self):
        return 1


class Shaped(abc.ABC):
    @abc.abstractmethod
    def m(self):
        return 1


class Deep(metaclass=Base):
    def m(self):
        return 1


class Other(metaclass=Meta):
    def m(self):
        return 1
