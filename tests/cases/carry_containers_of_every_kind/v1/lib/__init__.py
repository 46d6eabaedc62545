import collections

DICT, LIST, SET, DEQUE = {}, [], set(), collections.deque(maxlen=3)
ORDERED = collections.OrderedDict()
COUNTS = collections.Counter()
GROUPS = collections.defaultdict(list)
NESTED = {"a": {"b": []}, "t": ([], {})}
