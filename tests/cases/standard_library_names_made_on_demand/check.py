"""The new version asks modules of the standard library for names that their own __getattr__ makes and keeps: nobody's effect."""

import sys
import typing

import lib


def hold():
    return lib.f


def check(held):
    match, number = held()
    assert match is typing.Match is vars(typing)["Match"]
    assert number is vars(sys.modules["ast"]).get("Num") or sys.version_info >= (3, 14)
