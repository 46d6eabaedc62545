import typing


class Rec(typing.NamedTuple):
    third: object = [3]
    new: object = [0]
    first: object = [1]
    second: object = {"n": 2}


def call(b=[2], c=[0], a=[1]):
    return a, b


RECS = [Rec()]
