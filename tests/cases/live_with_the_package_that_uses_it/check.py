"""The package that uses a removed name is upgraded at the same time: its old code is no obstacle."""

import base
import user


def hold():
    return user.show


def check(held):
    assert held("a") == user.late.show("a") == base.safe("a") == "a"
