class Meta(type):
    def __eq__(cls, other):
        return cls is other

    def __hash__(cls):
        return type.__hash__(cls)


class Base(metaclass=Meta):
    def answer(self):
        return 1
