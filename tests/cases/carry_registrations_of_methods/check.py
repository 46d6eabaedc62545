"""What the program registers with a singledispatchmethod of the package stays, beside what the release adds."""

import lib


class Mine(lib.A):
    pass


@Mine.show.register(list)
def of_list(self, value):
    return "list, mine"


def hold():
    mine = Mine()
    mine.show([])
    return mine


def check(held):
    assert [held.show(value) for value in (None, 1, "", [])] == ["anything, 2", "int, 2", "str, 2", "list, mine"]
    assert lib.A().show([]) == "list, mine"
