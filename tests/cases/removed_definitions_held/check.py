"""The application holds a function and an instance that the new version removed: they go on, and the report names the holder."""

import lib
from lib import Gone, gone

FRESH = False
KEPT = True


def hold():
    return {"function": gone, "instance": Gone()}


def check(held, report):
    assert not hasattr(lib, "gone") and not hasattr(lib, "Gone") and lib.helper() == 2
    assert held["function"]()[0] == gone()[0] == "gone" and held["instance"].m()[0] == "Gone"
    assert any("lib.gone" in entry and "held by" in entry for entry in report.old_generation), report.old_generation
    assert any("lib.Gone" in entry and "held by" in entry for entry in report.old_generation), report.old_generation
