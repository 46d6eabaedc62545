import weakref

_plugins = weakref.WeakValueDictionary()


class Plugin:
    pass


def register(name, plugin):
    _plugins[name] = plugin


def names():
    return list(_plugins)
