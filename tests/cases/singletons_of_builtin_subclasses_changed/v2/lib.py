class Marker(str):
    def more(self): return "more"
class Num(int):

    def more(self): return "more"
import collections
P = collections.namedtuple("P", "a b c", defaults=[3])
class Q(P):
    def more(self): return "more"
class B(bytes): pass
MARK = Marker("mark")
MARK.count = 0
MARK.new = "new"
NUM = Num(7)
NUM.seen = []
NUM.extra = 5
Q1 = Q(1, 2)
Q1.x = 1
OTHER = Marker("new")
OTHER.x = 1
B1 = B(b"1")
