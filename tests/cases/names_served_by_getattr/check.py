"""Names that the new version serves by __getattr__ of the module or of the metaclass, or by a property of the module's class, are there."""

import lib


def use():
    from lib import moved

    return moved(), lib.moved(), lib.sub.LIMIT, lib.C.OLD


def hold():
    return use


def check(held):
    assert held() == (2, 2, 2, 2)
