import cachetools
import cachetools.keys


class Own(cachetools.LRUCache):
    def popitem(self):
        key, value = super().popitem()
        gone.append(key)
        return key, value


gone = []


def hold():
    lru, ttl = Own(2), cachetools.TTLCache(10, 3600)
    lru.update({1: 1, 2: 2})
    ttl["a"] = 1

    @cachetools.cached(cachetools.LFUCache(4), key=cachetools.keys.hashkey)
    def square(n):
        return n * n

    assert square(3) == 9
    return lru, ttl, square, cachetools.keys.hashkey(1, b=2)


def use(held):
    lru, ttl, square, key = held
    lru[3] = 3
    assert gone[-1:] == [1] and sorted(lru) == [2, 3] and ttl["a"] == 1 and type(ttl) is cachetools.TTLCache
    assert square(3) == 9 and type(square.cache) is cachetools.LFUCache and square.cache_key is cachetools.keys.hashkey
    assert key == cachetools.keys.hashkey(1, b=2) and isinstance(lru, cachetools.Cache)
