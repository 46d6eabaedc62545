"""Functions made by exec in namespaces that no module owns hold the library's names."""

import types

import lib

SOURCE = "from lib import f, C\ndef call(x=f):\n    return x(), f(), C().m()\ncode = lambda: f\n"


def hold():
    bare, module = {}, types.ModuleType("made")
    exec(SOURCE, bare)
    exec(SOURCE, module.__dict__)
    rebound = types.FunctionType(bare["call"].__code__, {"f": lib.f, "C": lib.C}, "rebound", (lib.f,))
    return bare, module, rebound


def check(held):
    bare, module, rebound = held
    assert bare["call"]() == module.call() == rebound() == (2, 2, 2)
    assert bare["f"] is module.f is rebound.__globals__["f"] is rebound.__defaults__[0] is lib.f
