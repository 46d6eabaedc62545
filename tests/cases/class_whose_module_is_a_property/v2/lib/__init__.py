class Methods:
    @property
    def __module__(self):
        return self.wrapped.__module__

    @property
    def __doc__(self):
        return self.wrapped.__doc__


class Meta(type):
    """What a proxy says of itself is what it wraps says: its class has properties where others have strings."""

    def __new__(meta, name, bases, space):
        space.update({key: vars(Methods)[key] for key in ("__module__", "__doc__")})
        return type.__new__(meta, name, bases, space)


class Proxy(metaclass=Meta):
    def __init__(self, wrapped):
        self.wrapped = wrapped

    def version(self):
        return 2


class Other(Proxy):
    def version(self):
        return super().version() * 10


class Counted(Proxy):
    @property
    def count(self):
        return VERSION


one = Counted(len)
VERSION = 2
