"""The new version needs a distribution that was not installed before; it is imported as if by a fresh process."""

import sys

import lib


def hold():
    return lib.f


def check(held):
    assert (
        held() == ("helper", 2) and lib.helper is sys.modules["helper"] and lib.tool is sys.modules["helper.tools"].tool
    )
    import helper

    assert helper is lib.helper
