"""Row 3: what the interpreter and the standard library write into namespaces for themselves is the new version's."""

import warnings

import lib

FRESH = False


def hold():
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        lib.warn()
    lib.prepare()
    assert "__warningregistry__" in vars(lib) and "__slotnames__" in vars(lib.Slotted)
    return lib, lib.Slotted, lib.__spec__, lib.__loader__, vars(lib)


def check(held):
    module, kind, spec, loader, space = held
    assert module is lib and kind is lib.Slotted and space is vars(lib)
    assert "__warningregistry__" not in space and "__slotnames__" not in vars(kind)
    assert spec is lib.__spec__ and loader is lib.__loader__ is lib.__spec__.loader
    assert lib.__doc__ == "Version 2." and kind.__doc__ == "Slots of version 2."
    assert kind.__annotations__ == {"b": int} and kind.__module__ == "lib"
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        assert lib.warn() == 2
    assert [str(entry.message) for entry in seen] == ["version 2"]
