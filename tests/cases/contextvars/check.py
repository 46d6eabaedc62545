"""Context variables with definitions as default and value, copies of contexts, tokens, and many variables."""

import contextvars

import lib

DEFAULT = contextvars.ContextVar("default", default=lib.f)
MANY = [contextvars.ContextVar(f"v{i}") for i in range(60)]


def hold():
    var = contextvars.ContextVar("var")
    token = var.set(lib.C)
    second = var.set(lib.f)
    for i, each in enumerate(MANY):
        each.set((lib.f, lib.C, lib.D)[i % 3])
    return var, token, second, contextvars.copy_context()


def check(held):
    var, token, second, context = held
    assert DEFAULT.get() is lib.f and var.get() is lib.f
    assert context[var] is lib.f and context.run(var.get)() == 2
    for i, each in enumerate(MANY):
        assert each.get() is (lib.f, lib.C, lib.D)[i % 3] and context[each] is each.get()
    assert second.old_value is lib.C
    var.reset(second)
    assert var.get() is lib.C
