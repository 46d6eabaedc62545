"""After the change instances can be copied and pickled as those of the new version."""

import copy
import pickle

import lib


def hold():
    thing = lib.Thing([1], "b")
    return thing, copy.copy(thing), pickle.dumps(lib.Row(1, 2))


def check(held):
    thing, copied, row = held
    assert copied.a is thing.a and type(copied) is lib.Thing and pickle.loads(row)[:2] == (1, 2)
    for other in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert type(other) is lib.Thing and (other.a, other.b) == ([1], "b")
