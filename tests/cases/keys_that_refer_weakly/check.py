"""A table keyed by weak references of a class of the package, whose kept hash is the address of what stays (trio has one for code)."""

import gc

import lib


class Thing:
    pass


def of_the_program():
    pass


def hold():
    things = [Thing(), Thing()]
    for i, thing in enumerate(things):
        lib.REGISTRY[thing] = i
    lib.REGISTRY[of_the_program.__code__] = "the program's"
    return things, lib.REGISTRY, list(lib.REGISTRY.data)


def check(held):
    things, registry, keys = held
    assert registry is lib.REGISTRY and [registry[thing] for thing in things] == [0, 1]
    assert registry[of_the_program.__code__] == "the program's" and type(keys[-1]) is lib.IdRef
    assert registry[lib.answer.__code__] == "the release's" and lib.answer() == 2
    del keys[:], things[:]
    gc.collect()
    assert len(registry.data) == 2  # the callbacks of the new version found the keys
