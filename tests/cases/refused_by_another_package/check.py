"""Another installed package, which is not upgraded, uses what the new version removed."""

import base
import user

EXPECT = "refused:name-removed"
UPGRADE = {"names": ["base"]}


def hold():
    return user.show


def check(held):
    assert held("a") == user.late.show("a") == "'a'" and base.safe("b") == "b"
