__version__ = "2"

Cache = type("functools._lru_cache_wrapper", (), {"version": lambda self: 2})
Link = type("functools._lru_list_elem", (), {"version": lambda self: 2})
Partial = type("functools.partial", (), {"version": lambda self: 2})
cache = Cache()
cache.function = len
cache.results = {1: 2}
link = Link()


class Kind:
    pass




Other = Kind
table = {Kind: link}
