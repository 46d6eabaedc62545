"""Numbers and strings that the new version's import writes into tables of the application are there once, after the flip.

No staged object is among them, so no walk over the heap finds them; a counter that was counted twice would show it.
"""

import effects_plain_values_done as lib
import registry


def hold():
    return None


def check(held):
    assert lib.VERSION == 2
    assert registry.COUNT == 5
    assert registry.FLAGS == {"own": 7, "lib": 2, "last": 9, "new": "text"}
    assert registry.ORDER == ["own", "lib"] and registry.KNOWN == {"own", "lib"}
    assert registry.Hub.level == 2 and registry.narrow.width == 2
    assert vars(registry.hub) == {"size": 15, "names": ["own", "lib"], "colour": "red"}
