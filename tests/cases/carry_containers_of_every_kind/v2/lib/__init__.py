import collections

DICT, LIST, SET, DEQUE = {"new": 2}, ["new"], {"new"}, collections.deque(["new"], maxlen=3)
ORDERED = collections.OrderedDict(new=2)
COUNTS = collections.Counter(new=2)
GROUPS = collections.defaultdict(list, new=[2])
NESTED = {"a": {"b": [], "c": 2}, "t": ([], {}), "d": 2}
