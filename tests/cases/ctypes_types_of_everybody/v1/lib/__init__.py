import ctypes

Buffer = ctypes.c_byte * 16
Pointer = ctypes.POINTER(ctypes.c_ubyte)


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_int)]

    def version(self):
        return 1


PointPointer = ctypes.POINTER(Point)


def buffer():
    return Buffer(*range(1, 1 + 16))
