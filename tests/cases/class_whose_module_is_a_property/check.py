"""A class whose __module__ is a property, as proxies have it, is the package's by the functions in its body."""

import lib


class Sub(lib.Proxy):
    def version(self):
        return super().version() + 100


def hold():
    return lib.Proxy, lib.Other, {lib.Other: 1}, lib.Proxy(print), Sub(print), lib.one


def check(held):
    proxy, other, table, instance, sub, one = held
    assert proxy is lib.Proxy and other is lib.Other and table[lib.Other] == 1 and one is lib.one
    assert type(instance) is lib.Proxy and instance.version() == 2 and instance.__module__ == "builtins"
    assert lib.Other(print).version() == 20 and sub.version() == 102 and Sub.__mro__[1] is lib.Proxy
    assert lib.Proxy.__subclasses__() == [lib.Other, lib.Counted, Sub] and type(one) is lib.Counted and one.count == 2
