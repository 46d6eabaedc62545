"""The instance is `self` of a running call and of a suspended generator, and held nowhere else."""

import lib


def run(upgrade):
    generator = lib.C(2).each()
    assert next(generator) == 2
    assert lib.C(1).outer(upgrade) == (1, ["inner"])
    assert next(generator) == (2, ["inner"])
