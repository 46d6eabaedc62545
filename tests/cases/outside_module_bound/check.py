"""The program puts modules of its own into the package's namespace, in the place of another and under a new name."""

import lib
import own_codec

FRESH = False


def hold():
    lib.codec = own_codec
    lib.extra = own_codec
    return lib


def check(held):
    assert lib.codec is own_codec and lib.extra is own_codec and lib.dumps([1]) == "own"
    assert lib.json.dumps([1]) == "[1]" and lib.which() == "lib_backend_one" and lib.VERSION == 2
