import importlib
import warnings


def __getattr__(name):
    if name in ("C", "f"):
        warnings.warn(f"{name} is in lib.b", DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module("lib.b"), name)
    raise AttributeError(name)
