"""Instances whose class has no room left in its shared table of names, or that have a dict of their own."""

import lib


def hold():
    many = [lib.C(n) for n in range(100)]
    for n in range(40):
        setattr(many[0], f"x{n}", n)
    vars(many[1])["seen"] = 1
    many[2].__dict__ = {**vars(many[2]), "own": True}
    return many


def check(held):
    for n, instance in enumerate(held):
        assert instance.all() == (n, [], [], [], [], [], [])
    assert held[0].x39 == 39 and held[1].seen == 1 and held[2].own
    assert len({id(value) for instance in held for value in instance.all()[1:]}) == 600
    assert vars(held[50]) == vars(lib.C(50)) and list(vars(held[50])) == list(vars(lib.C(50)))
