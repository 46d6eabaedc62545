"""A callback of ctypes stays where C code has its address, and calls the new function. Functions of C libraries are the new version's."""

import ctypes

import lib


def address(callback):
    return ctypes.cast(callback, ctypes.c_void_p).value


def hold():
    return [lib.CALLBACK, lib.NAMELESS], [lib.PROTOTYPE(address(f)) for f in (lib.CALLBACK, lib.NAMELESS)]


def check(held):
    callbacks, by_address = held
    assert callbacks == [lib.CALLBACK, lib.NAMELESS] and callbacks[0] is lib.CALLBACK
    assert [f(1) for f in callbacks] == [5, 3]
    assert [f(1) for f in by_address] == [5, 3]
    assert lib.length.restype is ctypes.c_ulong and lib.length(b"four") == 4
