"""The upgrade is called while an exception of the library is being handled."""

import sys

import lib

FRESH = False


def run(upgrade):
    try:
        try:
            lib.fail()
        except lib.Error:
            upgrade()
            assert isinstance(sys.exc_info()[1], lib.Special)
            raise
    except lib.Special as error:
        assert error.args == ("1", 2) and error.code == 2
