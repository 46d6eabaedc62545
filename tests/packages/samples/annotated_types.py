import typing

import annotated_types as at

Positive = typing.Annotated[int, at.Gt(0)]


class Even(at.BaseMetadata):
    pass


def hold():
    return (
        {at.Gt(0): "gt", at.Len(1, 2): "len"},
        at.Interval(gt=1, le=5),
        at.Predicate(str.isdigit),
        Even(),
        Positive,
        [at.Ge(3), at.MultipleOf(2)],
    )


def use(held):
    table, interval, predicate, even, positive, others = held
    assert table[at.Gt(0)] == "gt" and table[at.Len(1, 2)] == "len" and list(interval) == [at.Gt(1), at.Le(5)]
    assert predicate.func("1") and isinstance(even, at.BaseMetadata) and typing.get_args(positive)[1] == at.Gt(0)
    assert others == [at.Ge(3), at.MultipleOf(2)] and isinstance(interval, at.GroupedMetadata)
