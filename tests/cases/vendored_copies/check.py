"""The same text vendored by two distributions: only the copy of the upgraded one moves."""

import a
import b

UPGRADE = {"names": ["a-dist"]}


def hold():
    return [a.pack, a.vendored.Box()], [b.pack, b.vendored.Box(), b.vendored, b.vendored.Box]


def check(held):
    (pack, box), (other, other_box, module, cls) = held
    assert pack is a.pack and box.m() == 2 and pack(0)[0].m() == 2
    assert other is b.pack and other_box.m() == 1 and module is b.vendored and type(other_box) is cls is b.vendored.Box
