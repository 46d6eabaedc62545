"""Version 1."""

import copyreg
import warnings


class Slotted:
    """Slots of version 1."""

    __slots__ = ("a",)
    b: int


def warn():
    warnings.warn("version 1", stacklevel=1)
    return 1


def prepare():
    return copyreg._slotnames(Slotted)  # what copy and pickle remember in the class
