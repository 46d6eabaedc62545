"""Functions and instances registered with atexit are the new ones when the process ends."""

import atexit

import lib

SEEN = []


class Probe:
    def __call__(self, function, instance):
        SEEN.append((function is lib.f, type(instance) is lib.C, function()))


def hold():
    atexit.register(Probe(), lib.f, lib.C())
    atexit.register(lib.f, lib.C)


def check(held):
    atexit.unregister(lib.f)
    atexit._run_exitfuncs()
    assert SEEN == [(True, True, 2)]
