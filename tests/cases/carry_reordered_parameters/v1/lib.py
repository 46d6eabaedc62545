import typing


class Rec(typing.NamedTuple):
    first: object = [1]
    second: object = {"n": 2}
    third: object = [3]


def call(a=[1], b=[2]):
    return a, b


RECS = [Rec()]
