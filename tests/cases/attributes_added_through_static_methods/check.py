"""What a static method of the class gives that is called through self, of arguments that nobody can have given. (marshmallow 4.3)"""

import lib


class Upper(lib.Text):
    """Of the program."""


def hold():
    return lib.Field(check=len), lib.Text(3), Upper(4, check=None)


def check(held):
    field, text, upper = held
    assert field.all() == (len, [], ["after"]) and text.all() == (None, [], ["after"])
    assert upper.all() == (None, [], ["after"]) and upper.before is not text.before
    assert lib.Text(1, before=len).all() == (None, [len], ["after"])
