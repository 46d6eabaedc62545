"""Members in typing.Literal, in weak containers, in instances of the library, in exceptions, in generators half-way."""

import typing
import weakref

from lib import Box, Mode, Num

Chosen = typing.Literal[Mode.A, Num.ONE, "x"]


def produce():
    for member in (Mode.A, Mode.B):
        got = yield member
        assert got is None or got in (Mode.A, Mode.B)


def hold():
    keys = weakref.WeakKeyDictionary({Mode.A: "a", Mode.B: "b"})
    generator = produce()
    return {
        "annotation": typing.Dict[str, Chosen],  # noqa: UP006
        "literals": {Chosen: 1, typing.Optional[Chosen]: 2},  # noqa: UP045
        "keys": keys,
        "refs": [weakref.ref(Mode.A), weakref.ref(Mode.B, lambda ref: None)],
        "set": weakref.WeakSet([Mode.B]),
        "box": Box(Mode.A),
        "error": ValueError(Mode.A, Num.ONE),
        "generator": generator,
        "first": next(generator),
        "all": [Mode.A, Mode.B],
        "members": Mode.__members__,
        "names": {name: Mode[name] for name in "AB"},
    }


def check(held):
    assert typing.get_args(Chosen) == (Mode.A, Num.ONE, "x") and typing.get_args(Chosen)[0] is Mode.A
    assert held["annotation"] == typing.Dict[str, typing.Literal[Mode.A, Num.ONE, "x"]]  # noqa: UP006
    assert held["literals"][typing.Literal[Mode.A, Num.ONE, "x"]] == 1
    assert held["literals"][typing.Optional[Chosen]] == 2  # noqa: UP045
    assert held["keys"][Mode.A] == "a" and held["keys"][Mode.B] == "b" and len(held["keys"]) == 2
    assert held["refs"][0]() is Mode.A and held["refs"][1]() is Mode.B and Mode.B in held["set"]
    assert held["box"].mode is Mode.A and Box().mode is Mode.B and Box.mode is Mode.C
    assert held["error"].args[0] is Mode.A and held["error"].args[1] is Num.ONE
    assert held["first"] is Mode.A and held["generator"].send(Mode.A) is Mode.B
    assert held["all"] == [Mode.A, Mode.B] and held["all"][0] is Mode.A
    assert "C" in held["members"] and held["members"]["A"] is Mode.A
    assert held["names"] == {"A": Mode.A, "B": Mode.B}
