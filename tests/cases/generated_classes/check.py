"""Named tuples, data classes, generics and protocols, whose fields stay."""

# ruff: noqa: UP006, UP007, UP035, UP045, UP046
import dataclasses
import pickle

import lib


class IntBox(lib.Box[int]):
    pass


@dataclasses.dataclass
class MyData(lib.Data):
    z: int = 7


def hold():
    return [lib.Pair(1, 2), lib.Row(1), lib.Data(1), lib.Box(1), IntBox(1), MyData(1)], lib.Box[int]


def check(held):
    (pair, row, data, box, intbox, mydata), alias = held
    assert pair == (1, 2) and type(pair) is lib.Pair and pair._replace(a=5).a == 5
    assert row.show() == (2, 1, 0) and data.show() == (2, 1) and box.show() == (2, 1)
    assert intbox.show() == (2, 1) and mydata.show() == (2, 1) and mydata == MyData(1)
    assert data == lib.Data(1) and repr(data) == "Data(x=1, tags=[])"
    assert alias == lib.Box[int] and alias.__origin__ is lib.Box and alias(3).show() == (2, 3)
    assert all(isinstance(item, lib.Shows) for item in (row, data, box))
    assert pickle.loads(pickle.dumps([pair, row, data])) == [pair, row, data]
