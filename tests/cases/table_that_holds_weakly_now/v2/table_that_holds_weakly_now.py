import weakref


class Factory(type):
    def __init__(cls, *arguments):
        cls.__instances = weakref.WeakValueDictionary()

    def __call__(cls, name, offset=0):
        key = (name, offset)
        instance = cls.__instances.get(key)
        if instance is None:
            instance = cls.__instances.setdefault(key, cls.make(name, offset))
        return instance

    def make(cls, *arguments):
        return type.__call__(cls, *arguments)

    def known(cls):
        return sorted(cls.__instances)


class Zone(metaclass=Factory):
    def __init__(self, name, offset):
        self.name = name
        self.offset = offset

    def text(self):
        return f"UTC{self.name}{self.offset:+}"
