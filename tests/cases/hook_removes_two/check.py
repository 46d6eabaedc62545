"""A hook that removes attributes is called once for each instance: what the rehearsal removes is back in its place."""

import lib

FRESH = False


def run(upgrade):
    plain, shown = lib.Row(1), lib.Row(2)
    names = list(vars(shown))
    upgrade()
    assert lib.called == [names, names], lib.called
    assert list(vars(plain)) == list(vars(shown)) == ["third", "fourth"]
