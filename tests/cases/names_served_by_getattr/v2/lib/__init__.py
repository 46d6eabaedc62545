from lib import sub


class Meta(type):
    def __getattr__(cls, name):
        if name == "OLD":
            return 2
        raise AttributeError(name)


class C(metaclass=Meta):
    pass


def _moved():
    return 2


def __getattr__(name):
    if name == "moved":
        return _moved
    raise AttributeError(name)
