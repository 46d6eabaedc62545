"""The installed version is lower than the loaded one."""

import lib
from lib import f


def hold():
    return f


def check(held, report):
    assert held() == "old" and lib.__version__ == "1.9" and not hasattr(lib, "only_new")
    assert report is None or [tuple(entry) for entry in report.upgraded] == [("downgrade", "2.0", "1.9")]
