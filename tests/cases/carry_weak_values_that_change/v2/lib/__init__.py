import weakref


class K:
    pass


KEY = K()
COUNTS = weakref.WeakKeyDictionary({KEY: {"hits": 0, "misses": 0}})
LISTS = weakref.WeakKeyDictionary({KEY: [1]})
PAIRS = weakref.WeakKeyDictionary({KEY: (1, "b")})
