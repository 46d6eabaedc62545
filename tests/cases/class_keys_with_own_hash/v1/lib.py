class Meta(type):
    def __hash__(cls):
        return hash(cls.__name__) + len(cls.__mro__)

    def __eq__(cls, other):
        return cls is other


class Base(metaclass=Meta):
    def answer(self):
        return 1


class Derived(Base):
    pass
