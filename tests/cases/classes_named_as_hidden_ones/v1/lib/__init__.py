__version__ = "1"

Cache = type("functools._lru_cache_wrapper", (), {"version": lambda self: 1})
Link = type("functools._lru_list_elem", (), {"version": lambda self: 1})
Partial = type("functools.partial", (), {"version": lambda self: 1})
cache = Cache()
cache.function = len
cache.results = {1: 2}
link = Link()


class Kind:
    pass


class Other:
    pass


table = {Kind: link, Other: link}
