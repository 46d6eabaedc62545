"""A method that its class binds in another way now: what is held becomes what the same expression gives."""

import lib


class Mine(lib.Thing):
    pass


def hold():
    thing, mine = lib.Thing(), Mine()
    return {
        "thing": thing,
        "mine": mine,
        "bound": [thing.to_static, thing.to_class, mine.to_class, mine.class_to_static, lib.Thing.class_to_static],
        "unbound": (lib.Thing.to_static, lib.Thing.from_static, lib.Thing.static_to_class, mine.from_class),
        "keys": {mine.to_class: "to_class", lib.Thing.to_static: "to_static"},
    }


def check(held, report):
    thing, mine = held["thing"], held["mine"]
    assert [call() for call in held["bound"]] == [
        "static, nothing",
        "class of Thing",
        "class of Mine",
        "static",
        "static",
    ]
    static, from_static, static_to_class, from_class = held["unbound"]
    assert static is lib.Thing.to_static and from_static is lib.Thing.from_static and from_class is lib.Thing.from_class
    assert static() == "static, nothing" and static_to_class() == "class of Thing"
    assert from_static(mine) == "method of Mine" and from_class(thing) == "method of Thing"
    assert held["keys"][Mine.to_class] == "to_class" and held["keys"][lib.Thing.to_static] == "to_static"
    assert thing.to_property == "property"


FRESH = False
