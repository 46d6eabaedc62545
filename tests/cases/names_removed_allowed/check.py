"""Names that the new version removed are used by functions of the application, and that is allowed: what is held goes on,
the report says who used them."""

import lib

FRESH = False
KEPT = True
UPGRADE = {"allow": ["lib.gone", "lib.Gone"]}


def hold():
    return {"function": lib.gone, "instance": lib.Gone()}


def check(held, report):
    assert not hasattr(lib, "gone") and not hasattr(lib, "Gone") and lib.helper() == 2
    assert held["function"]()[0] == "gone" and held["instance"].m()[0] == "Gone"
    assert sum("application.hold" in note and "allowed" in note for note in report.notes) == 2, report.notes
