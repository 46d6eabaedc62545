"""A class of the program prepared itself with code that would call a method which changed, of a class of which it can have no
instance: what it prepared stays. A class of the package, which has one, prepares itself anew."""

from class_prepared_without_what_changed import Lexer, Other, Upper

FRESH = False


class Own(Lexer):
    rules = {"w": "[a-z]+", "u": Upper("y")}


class Inherits(Lexer):
    pass


def hold():
    assert Own().find("a") == ["w"] and Inherits().find("1") == ["n"] and Other().find("p") == ["o"]
    return Own(), Own._rules, Inherits(), Other()


def check(held):
    own, rules, inherits, other = held
    assert own.find("Y") == ["u"] and own.find("a") == ["w"] and Own._rules is rules and Own().find("a") == ["w"]
    assert inherits.find("X") == ["u"] and other.find("new") == ["o"] == other.find("p")
