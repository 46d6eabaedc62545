"""Instances that refer to each other, in cycles, are the same objects with the same identity afterwards."""

import copy
import gc
import pickle

import lib


def hold():
    root = lib.Thing("root")
    for i in range(50):
        root.add(lib.Thing(i)).add(lib.Thing(-i))
    root.add(root)
    return root, {id(child): child for child in root.children}


def check(held):
    root, by_id = held
    assert all(by_id[id(child)] is child for child in root.children)
    assert all(child.parent is root and child.children[0].parent is child for child in root.children[:-1])
    clone = copy.deepcopy(root)
    assert clone.children[-1] is clone and type(clone.children[3]) is lib.Thing and clone.children[3].show() == (3, 2)
    assert pickle.loads(pickle.dumps(root)).children[5].show() == (5, 2)
    assert len([o for o in gc.get_objects() if type(o).__name__ == "Thing" and type(o) is not lib.Thing]) == 0
