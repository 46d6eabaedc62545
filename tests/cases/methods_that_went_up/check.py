"""A method went up to a base, an override was dropped: who holds what `Thing.name` was gets what `Thing.name` is."""

import lib


class Mine(lib.Thing):
    again = lib.Thing.method

    def method(self):
        return "mine, " + super().method()


def hold():
    thing = lib.Thing()
    return [
        thing.method,
        lib.Thing.method,
        lib.Thing.static,
        lib.Thing.of_class,
        lib.Thing.value,
        thing.replaced,
        thing,
        Mine(),
    ]


def check(held):
    bound, plain, static, of_class, value, replaced, thing, mine = held
    assert bound() == plain(thing) == "method, 2" and static() == "static, 2" and of_class() == ("class, 2", "Thing")
    assert value is lib.Thing.value and value.fget(thing) == "value, 2" and replaced() == "base, 2"
    assert mine.method() == "mine, method, 2" and mine.again() == "method, 2"
