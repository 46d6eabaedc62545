import collections.abc


class Dropped:
    pass


class Kept:
    pass


collections.abc.Sequence.register(Dropped)
collections.abc.Sequence.register(Kept)
