class Single(type):
    def __setattr__(cls, name, value):
        raise TypeError("no attributes")


class NothingType(metaclass=Single):
    __slots__ = ()

    def __repr__(self):
        return "nothing of one"


NOTHING = NothingType()
del NothingType, Single


def is_nothing(value):
    return value is NOTHING
