"""Importing the new version puts a number into a module of the standard library: it is there after the flip."""

import string

import lib


def hold():
    return string


def check(held):
    assert lib.f() == 2 and hasattr(held, "added_by_lib")
