class Marker(str):
    pass
class Num(int):
    pass
class Pair(tuple):
    pass
class Raw(bytes):
    pass
class F(float): pass
class Fs(frozenset): pass
MARK = Marker("mark")
NUM = Num(7)
PAIR = Pair((1, 2))
RAW = Raw(b"x")
FL = F(1.5)
FS = Fs([1])

def is_mark(x):
    return x is MARK
