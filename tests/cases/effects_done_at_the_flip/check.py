"""What the new version's import does outside is done once, at the flip; what the old version's had done is not doubled."""

import atexit
import copyreg
import json
import os
import string
import sys

import effects_done_at_the_flip as lib
import registry

LIMIT = 1000


def hold():
    plugin = registry.hub.plugins["lib"]
    plugin.count = 5
    if lib.Plugin.version == 1:
        sys.setrecursionlimit(LIMIT)
    return plugin


def check(plugin):
    hub = registry.hub
    assert hub.plugins["lib"] is plugin and type(plugin) is lib.Plugin and (plugin.version, plugin.count) == (2, 5)
    assert list(hub.plugins) == ["own", "lib", "extra"] and type(hub.plugins["extra"]) is lib.Extra
    assert hub.active is lib.Extra and registry.Hub.default is lib.Extra
    assert registry.ORDER == [lib.Extra, "own", lib.Plugin] and registry.KNOWN == {"own", lib.Plugin, lib.Extra}
    assert registry.NAMES == {"own": 1, lib.Extra: "extra"}
    assert os.environ["MIDFLIGHT_TEST_EFFECT"] == "2" and sys.getrecursionlimit() == LIMIT + 7
    assert string.added_by_lib == 2 and json.added_function is lib.loads
    assert copyreg.dispatch_table[lib.Extra] is lib.reduce_extra
    before = atexit._ncallbacks()
    atexit.unregister(lib.at_exit)
    after = atexit._ncallbacks()
    assert after == before or after == before - 1
