"""Instances of the standard library's classes that the package holds are state like its own."""

import lib

FRESH = False


def hold():
    lib.SPACE.seen.append(1)
    lib.SPACE.mine = "m"
    lib.CHAIN["p"] = 1
    lib.USER["p"] = 1
    lib.PARSER.add_argument("--mine")
    return lib.SPACE, lib.CHAIN, lib.USER, lib.PARSER


def check(held):
    space, chain, user, parser = held
    assert space is lib.SPACE and (space.a, space.b, space.seen, space.mine) == (2, 2, [1], "m")
    assert chain is lib.CHAIN and dict(chain) == {"base": 2, "p": 1}
    assert user is lib.USER and user.data == {"p": 1}
    assert parser is lib.PARSER
    arguments = parser.parse_args(["--mine", "a", "--one", "b"])
    assert arguments.mine == "a" and arguments.one == "b"
    assert lib.TEXT.template == "v2 $x"
