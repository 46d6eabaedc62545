"""An enumeration of the package's own becomes one of the standard library: its members are that one's."""

import enum
import http

import lib
from lib import HTTPStatus


def hold():
    return [HTTPStatus.OK], {HTTPStatus.NOT_FOUND: "gone", 1: HTTPStatus.OK}, lib.Level.LOW


def check(held):
    (ok,), table, low = held
    assert HTTPStatus is http.HTTPStatus and ok is table[1] is http.HTTPStatus.OK and ok.phrase == "OK"
    assert lib.is_ok(ok) and lib.is_ok()
    assert table[http.HTTPStatus.NOT_FOUND] == table[404] == "gone"
    assert low is lib.Level.LOW and str(low) == "low" and isinstance(low, enum.StrEnum) and lib.StrEnum is enum.StrEnum
