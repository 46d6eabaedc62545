"""Pickles from before load as what the new version makes of them: by value, or by name; copies are the members."""

import copy
import pickle

from lib import E, F, Named


def hold():
    members = [E.A, E.B, F.P, F.P | F.Q, Named.X]
    return {"pickles": [pickle.dumps(member, n) for n in range(2, 6) for member in members], "members": members}


def check(held):
    now = [E.A, E.B, F.P, F.P | F.Q, Named.X]
    loaded = [pickle.loads(text) for text in held["pickles"]]
    assert all(a is b for a, b in zip(loaded, now * 4, strict=True))
    assert all(a is b for a, b in zip(held["members"], now, strict=True))
    assert all(pickle.loads(pickle.dumps(m)) is m and copy.deepcopy(m) is m for m in held["members"])
