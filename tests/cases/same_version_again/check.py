"""The same version installed again with other content."""

import lib


def hold():
    return lib.f


def check(held, report):
    assert held() == 2
    assert report is None or [tuple(entry) for entry in report.upgraded] == [("same-version-again", "1.0", "1.0")]
