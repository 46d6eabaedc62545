"""A caught exception, its traceback with finished frames of the library, and what sys keeps of the last one."""

import sys

import lib
from lib import Error, fail


def caught():
    try:
        fail()
    except Error as error:
        return error


def hold():
    error = caught()
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    chained = RuntimeError("outer")
    chained.__cause__ = caught()
    return error, chained, ExceptionGroup("group", [caught(), ValueError()])


def check(held):
    error, chained, group = held
    assert type(error) is lib.Special and error.code == 2 and isinstance(chained.__cause__, Error)
    assert sys.last_type is lib.Special and sys.last_value is error
    assert group.subgroup(Error).exceptions[0].code == 2
    frame = error.__traceback__.tb_next.tb_frame
    assert frame.f_locals["kind"] is lib.Special and frame.f_globals is lib.__dict__
    try:
        raise error
    except lib.Special as again:
        assert again is error
    assert caught().args == ("2", 2)
