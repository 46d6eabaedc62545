import typing

import typing_extensions as te


@te.runtime_checkable
class Named(te.Protocol):
    name: str


class Movie(te.TypedDict):
    title: te.Required[str]
    year: te.NotRequired[int]


class Thing:
    name = "thing"

    @te.override
    def old(self):
        return 1


@te.deprecated("no more")
def old():
    return 2


def hold():
    T = te.TypeVar("T", default=int)
    P = te.ParamSpec("P")
    assert isinstance(Thing(), Named) and te.get_type_hints(Movie)["title"] is str

    @te.dataclass_transform()
    def model(cls):
        return cls

    return (
        T,
        P,
        te.Annotated[int, "x"],
        te.Literal["a", "b"],
        model(Thing),
        old,
        te.TypeAliasType("L", list[T], type_params=(T,)),
    )


def use(held):
    T, P, annotated, literal, thing, function, alias = held
    assert isinstance(thing(), Named) and not isinstance(1, Named) and issubclass(Movie, dict)
    assert te.get_type_hints(Movie) == {"title": str, "year": int} and Movie.__required_keys__ == {"title"}
    assert T.__name__ == "T" and P.__name__ == "P" and alias.__name__ == "L"
    assert te.get_origin(annotated) is te.Annotated and te.get_args(literal) == ("a", "b")
    assert thing.old.__override__ and function() == 2 and "no more" in function.__deprecated__
    assert typing.get_type_hints(Named) == {"name": str}

    class Later(te.TypedDict, total=False):
        a: te.Required[int]

    assert Later.__required_keys__ == {"a"} and te.TypeVar("U", default=str).__default__ is str
