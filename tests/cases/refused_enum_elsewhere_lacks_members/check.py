"""The standard library's enumeration has not all members of the one whose name it takes."""

import lib

EXPECT = "refused:enum-changed"


def hold():
    return lib.HTTPStatus.OK


def check(held):
    assert held is lib.HTTPStatus.OK and lib.HTTPStatus.ODD == 999
