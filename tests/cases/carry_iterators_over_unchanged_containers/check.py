"""The program is iterating over containers that it has not changed, and the release has other ones: no exception."""

import lib

FRESH = False


def sources():
    return {
        "dict": lib.DICT,
        "items": lib.DICT.items(),
        "set": lib.SET,
        "deque": lib.DEQUE,
        "ordered": lib.ORDERED,
        "handlers": lib.HANDLERS.values(),
    }


def hold():
    held = {}
    for name, source in sources().items():
        iterator = iter(source)
        held[name] = [str(item) for item in source], iterator, [next(iterator), next(iterator)]
    return held


def check(held):
    errors = {}
    for name, (expected, iterator, head) in held.items():
        try:
            rest = list(iterator)
            assert len(head) + len(rest) == len(expected), name
        except RuntimeError as error:
            errors[name] = error
    assert not errors, errors
    for name, source in sources().items():
        assert len(list(source)) == 11, name
