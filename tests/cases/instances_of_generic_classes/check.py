"""typing.Generic is C code from CPython 3.12 on. Instances of classes that derive from it, directly or through a Protocol, are
like any others: module-level ones follow the release, with what the program put into them; so do descriptors."""

import lib


def hold():
    lib.TABLE.add("program", 1)
    lib.TOUCHED.made = "program"
    return lib.TABLE, lib.Table(3), lib.Table.__dict__["first"], lib.FULL


def check(held):
    table, own, descriptor, full = held
    assert table is lib.TABLE and table.size() == ("v2", 20, 1) and table.rows == {"program": 1}
    assert own.size() == ("v2", 3, 0) and own.first == table.first == ("_first", "v2")
    assert descriptor is lib.Table.__dict__["first"] and type(descriptor) is lib.Cached
    assert full is lib.FULL and full.made == "v2" and full.get() == "v2" and lib.TOUCHED.made == "program"
