"""The new version has modules that the old one lacks: one that it imports, one that somebody imports afterwards."""

import sys

import lib


def hold():
    return lib.f


def check(held):
    assert held() == 2 and lib.fresh is sys.modules["lib.fresh"]
    from lib import late

    assert late is lib.late and late.h() == (held, 2)
