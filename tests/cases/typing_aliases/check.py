"""Aliases made from the library's classes: equal to those made afterwards, and found as keys."""

# ruff: noqa: UP006, UP007, UP035, UP045, UP046
import typing

import lib

OLD = [
    typing.Optional[lib.C],
    typing.List[lib.C],
    list[lib.C],
    lib.C | None,
    dict[str, lib.C],
    typing.Union[lib.C, lib.D, int],
    typing.Callable[[lib.C], lib.D],
    typing.Annotated[lib.C, lib.f],
    type[lib.C],
    tuple[lib.C, ...],
    typing.Type[lib.D],
]


class Typed(typing.TypedDict):
    c: lib.C


def annotated(x: lib.C, *y: "lib.D") -> typing.Optional[lib.D]:
    return x


def make():
    return [
        typing.Optional[lib.C],
        typing.List[lib.C],
        list[lib.C],
        lib.C | None,
        dict[str, lib.C],
        typing.Union[lib.C, lib.D, int],
        typing.Callable[[lib.C], lib.D],
        typing.Annotated[lib.C, lib.f],
        type[lib.C],
        tuple[lib.C, ...],
        typing.Type[lib.D],
    ]


def hold():
    return {alias: i for i, alias in enumerate(OLD)}


def check(held):
    new = make()
    assert OLD == new and [hash(a) for a in OLD] == [hash(a) for a in new]
    assert [OLD[held[alias]] for alias in new] == new
    assert typing.get_args(OLD[0]) == (lib.C, type(None)) and typing.get_args(OLD[2])[0] is lib.C
    assert isinstance(lib.C(), OLD[3]) and OLD[7].__metadata__ == (lib.f,)
    assert typing.get_type_hints(annotated) == {"x": lib.C, "y": lib.D, "return": typing.Optional[lib.D]}
    assert typing.get_type_hints(Typed) == {"c": lib.C}
