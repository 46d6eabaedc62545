def __getattr__(name):
    if name not in ("run", "Scope"):
        raise AttributeError(name)
    from lib import core

    value = getattr(core, name)
    value.__module__ = __name__
    globals()[name] = value
    return value
