"""ctypes makes an array or pointer type once for all that ask: it is nobody's, whoever asked first, unless its items are."""

import ctypes

import lib


def hold():
    return lib.buffer(), ctypes.c_byte * 16, ctypes.POINTER(ctypes.c_ubyte)


def check(held):
    buffer, array, pointer = held
    assert array is lib.Buffer is ctypes.c_byte * 16 and pointer is lib.Pointer is ctypes.POINTER(ctypes.c_ubyte)
    assert type(buffer) is lib.Buffer and lib.buffer()[0] == 2
    assert lib.PointPointer is ctypes.POINTER(lib.Point) and lib.PointPointer(lib.Point(1, 2)).contents.version() == 2
