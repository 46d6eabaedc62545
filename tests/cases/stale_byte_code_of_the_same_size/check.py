"""The new file has the size of the old one and nearly its time: no byte code of the old one is believed."""

import lib


def hold():
    return lib.f


def check(held):
    assert held() == 2
