import collections

GROUPS = collections.defaultdict(lambda: {"v": 1})
KINDS = collections.defaultdict(list)
