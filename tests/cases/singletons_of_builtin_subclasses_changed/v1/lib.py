class Marker(str):
    pass
class Num(int):
    pass
import collections
P = collections.namedtuple("P", "a b")
class Q(P):
    pass
class B(bytes): pass
MARK = Marker("mark")
MARK.count = 0
NUM = Num(7)
NUM.seen = []
Q1 = Q(1, 2)
Q1.x = 1
OTHER = Marker("old")
OTHER.x = 1
B1 = B(b"1")
