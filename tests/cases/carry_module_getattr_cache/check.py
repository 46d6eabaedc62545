"""What a module's __getattr__ put into the namespace: modules follow, results are computed again if they may differ."""

import lib


def hold():
    assert lib.table["version"] == lib.part.V
    return lib.part


def check(held):
    assert lib.table == {"version": 2} and lib.part is held and held.V == 2
