"""Classes of the library derive from built-in ones and change their layout, or the fields of a named tuple; the
application derives from them."""

import lib


class AppTable(lib.Table):
    def __missing__(self, key):
        return self.default


class AppNumber(lib.Number):
    pass


class AppProblem(lib.Problem):
    pass


class AppRow(lib.Row):
    def total(self):
        return self.a + self.b


def hold():
    table, number, row = AppTable(a=1), AppNumber(7), AppRow(a=1, b=2)
    table.default = number.unit = "d"
    try:
        raise AppProblem("text")
    except AppProblem as raised:
        problem = raised
    problem.code = 4
    iterator = iter(table)
    return table, number, problem, row, {number: "n", row: "r"}, iterator


def check(held):
    table, number, problem, row, keys, iterator = held
    assert table == {"a": 1} and table["none"] == "d" and vars(table) == {"default": "d"} and next(iterator) == "a"
    assert number == 7 and number.unit == "d" and number.half() == 3.5 and keys[7] == "n"
    assert problem.args == ("text",) and problem.code == 4 and isinstance(problem, ValueError) and vars(problem) == {}
    assert lib.Problem.code.__get__(problem) == 4 and problem.__traceback__ is not None
    assert row == (2, 1, "c") and row.total() == 3 and keys[row] == "r" and type(row) is AppRow
    table.owner = AppTable(b=2)
    assert table.owner == {"b": 2} and "owner" not in vars(table) and AppRow(5, 6).a == 6
