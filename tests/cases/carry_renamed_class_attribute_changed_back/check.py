"""The program changed a class's attribute, and changes it back after carry has first seen it: the renamed one begins as the release says."""

import lib

FRESH = False


def change_back():
    lib.Plain.limit = 0


def hold():
    lib.Plain.limit = 5
    return lib.Other()


def check(held):
    assert lib.Plain.bound == 0 and lib.Plain().ask(1) == 1, lib.Plain.bound
