import weakref


class N:
    pass


class O:
    pass


labels = weakref.WeakKeyDictionary({N: "two"})
limits = weakref.WeakKeyDictionary({N: 2, O: 2})
by_name = weakref.WeakValueDictionary({"a": O, "c": N, "d": N})
members = weakref.WeakSet([O])
