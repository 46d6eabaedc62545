"""What instances have computed, and their class leaves out of pickles and makes again by itself, begins anew where the new version makes
something else of it: under the same name, also where a __hash__ is made of it, and where it is an object of a class that is gone. It
is no state that could have got another name."""

from left_out_of_pickles import Spec, Specs

FRESH = False


class Own(Spec):
    __slots__ = ()


def hold():
    spec, key, own, specs = Spec("1.0"), Spec("2.0"), Own("3"), Specs("4,5.1")
    assert spec.ranges()[0][0].parts == (1, 0) and own.ranges() is own.ranges() and key.version_of("2.0")
    assert len(specs.resolve()) == 2 and specs.resolve()[0][0]() and specs.size() == 2
    return spec, {key: "two"}, own, specs, specs._specs[0]


def check(held):
    spec, table, own, specs, first = held
    assert spec.version().parts == (1, 0) and spec.ranges() == (Spec("1.0").version(), "included")
    assert spec == Spec("1") and hash(spec) == hash(Spec("1")) and spec.version() is spec.version()
    assert table[Spec("2")] == "two" and [key.version().parts for key in table] == [(2, 0)]
    assert own.ranges()[0].parts == (3,) and hash(own) == hash(Spec("3"))
    assert specs._specs[0] is first and list(specs.bounds()) == [(4,), (5, 1)] and specs.size() == 2
    assert specs.index()[5, 1] is specs._specs[1]
