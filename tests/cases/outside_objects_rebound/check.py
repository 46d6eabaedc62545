"""The new version binds other objects of other packages than the old one did: those who hold the first ones go on holding them."""

import logging
import re
import sys

import outside_objects_rebound as lib
import shared


def hold():
    held = (sys.__stdout__, logging.getLogger("rebound.a"), re.compile("a+"))
    return held, (shared.ONE, shared.FIRST, shared.LOCK)


def check(held):
    (stream, log, pattern), (table, thing, lock) = held
    assert stream is sys.__stdout__ and lib.stream is sys.__stderr__ and stream is not lib.stream
    assert log.name == "rebound.a" and log is logging.getLogger("rebound.a") and lib.log.name == "rebound.b"
    assert pattern.pattern == "a+" and lib.pattern.pattern == "b+"
    assert table == {"one": 1} and shared.ONE is table and lib.TABLE is shared.TWO
    assert thing.x == 1 and shared.FIRST is thing and lib.THING is shared.SECOND
    assert lock is shared.LOCK and lock is not shared.OTHER and lib.LOCK is shared.OTHER
