"""Module-level instances whose class defines __eq__ and __hash__, a proxy like flask.request among them, are the module's."""

import lib
from lib import CURRENT, ONE, current


def hold():
    CURRENT.set(3 + 4j)
    return [current, ONE], {ONE: "held"}


def check(held):
    (proxy, one), table = held
    assert proxy is current is lib.current and one is ONE is lib.ONE and CURRENT is lib.CURRENT
    assert current.real == (2, 3.0) and ONE.m() == 2 and table[lib.ONE] == "held" and lib.TABLE[ONE] == "one"
    assert next(iter(table)) is lib.ONE and next(iter(lib.TABLE)) is lib.ONE
