import weakref


class IdRef(weakref.ref):
    """Equal to another one of the same object; the hash is that object's address, and kept."""

    __slots__ = ("_hash",)

    def __new__(cls, target, callback=None):
        self = weakref.ref.__new__(cls, target, callback)
        self._hash = object.__hash__(target)
        return self

    def __eq__(self, other):
        return self is other or (isinstance(other, IdRef) and self() is other() is not None)

    def __hash__(self):
        return self._hash


class Registry:
    def __init__(self):
        self.data = {}

        def remove(key, own=weakref.ref(self)):
            registry = own()
            if registry is not None:
                registry.data.pop(key, None)

        self.remove = remove

    def __setitem__(self, key, value):
        self.data[IdRef(key, self.remove)] = value

    def __getitem__(self, key):
        return self.data[IdRef(key)]


REGISTRY = Registry()


def answer():
    return 2


REGISTRY[answer.__code__] = "the release's"
