import weakref


class N:
    pass


class O:
    pass


labels = weakref.WeakKeyDictionary({N: "one", O: "o"})
limits = weakref.WeakKeyDictionary({N: 1, O: 1})
by_name = weakref.WeakValueDictionary({"a": N, "b": N, "d": N})
members = weakref.WeakSet([N, O])
