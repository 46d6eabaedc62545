"""A module's __getattr__ fetches definitions and says that they live there: the new version's does so itself when it is asked."""

import lib


def hold():
    return lib.run, lib.Scope(), lib.Scope


def check(held):
    run, scope, kind = held
    assert run() == 2 and scope.answer() == 2 and type(scope) is kind
    assert run is lib.run and kind is lib.Scope and lib.run.__module__ == lib.Scope.__module__ == "lib"
    assert "run" in vars(lib)
