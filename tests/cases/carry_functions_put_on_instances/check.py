"""Row 2: functions of the program as attributes of an instance that the package holds stay, also where the class has a method."""

import lib


def hold():
    lib.SERVER.ask = lambda: "mine"
    lib.SERVER.on_error = lambda: "error"
    lib.SERVER.hook = lambda: "hook"
    return lib.SERVER


def check(held):
    assert held is lib.SERVER and held.run() == ("mine", "error", "hook")
    assert lib.Server().run() == ("ask2", None, None)
