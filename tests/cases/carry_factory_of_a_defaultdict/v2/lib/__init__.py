import collections

GROUPS = collections.defaultdict(lambda: {"v": 2})
KINDS = collections.defaultdict(set)
