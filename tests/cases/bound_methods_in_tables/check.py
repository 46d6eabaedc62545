"""A routing table of bound methods, of instances, of classes and of an application's subclass."""

import lib


class Mine(lib.Handler):
    def get(self):
        return ("mine", super().get())


def hold():
    one, two = lib.Handler("one"), Mine("two")
    return {
        "get": one.get,
        "put": one.put,
        "mine": two.get,
        "theirs": super(Mine, two).get,
        "make": lib.Handler.make,
        "make mine": Mine.make,
        "version": lib.Handler.version,
        "plain": lib.Handler.put,
        "self": one,
    }


def check(held):
    assert held["get"]() == ("one", "get", 2)
    assert held["put"](5) == ("one", "put", 5, 2)
    assert held["mine"]() == ("mine", ("two", "get", 2))
    assert held["theirs"]() == ("two", "get", 2)
    assert held["make"]("x").by == 2 and type(held["make"]("x")) is lib.Handler
    assert type(held["make mine"]("x")) is Mine
    assert held["version"]() == 2 and held["version"] is lib.Handler.version
    assert held["plain"] is lib.Handler.put
    assert held["get"] == held["self"].get and held["get"].__func__ is lib.Handler.get
