import attr
import attrs


@attrs.define
class Point:
    x: int = attrs.field(validator=attrs.validators.instance_of(int))
    y: list = attrs.Factory(list)


@attrs.frozen
class Frozen:
    a: str = attrs.field(default="a", converter=str, metadata={"k": 1})


@attr.s(frozen=True, hash=True)
class Old:
    a = attr.ib(default=attr.NOTHING)
    b = attr.ib(default=2, validator=attr.validators.optional(attr.validators.in_([2, 3])))


class Derived(Exception):
    pass


def hold():
    assert attr.asdict(Point(1)) == {"x": 1, "y": []}
    made = attrs.make_class("Made", ["z"])
    return (
        Point(1),
        Frozen(5),
        {Old(1): "old"},
        made,
        attr.fields(Point).x,
        attr.NOTHING,
        attrs.exceptions.FrozenInstanceError,
        attr.Factory(dict),
    )


def use(held):
    point, frozen, table, made, field, nothing, error, factory = held
    assert (
        attr.evolve(point, x=5) == Point(5) and frozen.a == "5" and table[Old(1)] == "old" and nothing is attrs.NOTHING
    )
    assert isinstance(field, attr.Attribute) and field is attr.fields(Point).x and field.validator is not None
    assert made(3).z == 3 and attrs.has(made) and isinstance(factory, type(attr.Factory(list)))
    assert attrs.fields_dict(Frozen)["a"].metadata == {"k": 1}
    for call, raised in (
        (lambda: Point("no"), TypeError),
        (lambda: setattr(point, "x", "no"), TypeError),
        (lambda: setattr(frozen, "a", 2), error),
        (lambda: Old(1, 4), ValueError),
    ):
        try:
            call()
        except raised:
            continue
        raise AssertionError(raised)

    @attrs.define
    class Sub(Point):
        z: int = attrs.field(default=nothing, kw_only=True)

    assert repr(Sub(1, z=2)).endswith("Sub(x=1, y=[], z=2)") and attrs.astuple(Sub(1, z=2)) == (1, [], 2)
