"""An installer begins while the new version is imported: a module whose file was away would be taken for removed."""

import lib
import lib.more

EXPECT = "refused:install-unfinished"


def hold():
    return lib.name, lib.more


def check(held):
    name, more = held
    assert name() == "v1" and more.name() == "v1"
    assert lib.more is more
