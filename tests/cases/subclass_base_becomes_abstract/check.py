"""A class of the library becomes an abstract base class: the application's subclasses get the metaclass, what is
abstract in them, and registries of their own."""

import abc

import lib


class Whole(lib.Base):
    def run(self):
        return super().name()


class Unfinished(lib.Base):
    pass


class Finished(Unfinished):
    run = Whole.run

    def name(self):
        return "mine"


class Mixed(lib.Other, lib.Base):
    __slots__ = ()

    def run(self):
        return "mixed"


def hold():
    return Whole(), Finished(), Mixed(), {Whole: "w", Unfinished: "u", Mixed: "m"}


def check(held):
    whole, finished, mixed, table = held
    assert all(type(c) is abc.ABCMeta for c in (Whole, Unfinished, Finished, Mixed))
    assert whole.run() == "two" and finished.name() == "mine" and mixed.name() == "two"
    assert Unfinished.__abstractmethods__ == {"run"} and not Whole.__abstractmethods__
    assert not Finished.__abstractmethods__ and type(finished) is Finished and Finished().name() == "mine"
    try:
        Unfinished()
        raise AssertionError("an abstract class has instances")
    except TypeError:
        pass
    assert table == {Whole: "w", Unfinished: "u", Mixed: "m"} and table[Mixed] == "m"

    class Registered:
        pass

    Whole.register(Registered)
    assert isinstance(Registered(), Whole) and isinstance(Registered(), lib.Base)
    assert not isinstance(Registered(), Unfinished) and not isinstance(Registered(), Mixed)
    assert isinstance(whole, lib.Base) and not isinstance(whole, Unfinished) and isinstance(finished, Unfinished)
    assert isinstance(mixed, lib.Other) and issubclass(Mixed, lib.Base)
    assert "_abc_impl" in vars(Whole) and vars(Whole)["_abc_impl"] is not vars(lib.Base)["_abc_impl"]
