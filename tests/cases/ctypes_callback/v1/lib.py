import ctypes

PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)


def triple(number):
    return 3 * number + 1


CALLBACK = PROTOTYPE(triple)
NAMELESS = PROTOTYPE(lambda number: number + 1)
libc = ctypes.CDLL(None)
length = libc.strlen
length.restype = ctypes.c_int if 1 == 1 else ctypes.c_ulong
