import atexit
import codecs
import copyreg
import json
import os
import string
import sys

import registry


class Plugin:
    version = 2

    def __init__(self):
        self.count = 0


class Extra:
    version = 2


def reduce_extra(extra):
    return Extra, ()


def find_codec(name):
    return None


def at_exit():
    pass


def loads(text):
    return "patched"


registry.hub.plugins["lib"] = Plugin()
registry.hub.plugins["extra"] = Extra()
registry.hub.active = Extra
registry.Hub.default = Extra
registry.ORDER.append(Plugin)
registry.ORDER.insert(0, Extra)
registry.KNOWN.add(Plugin)
registry.KNOWN.add(Extra)
registry.NAMES[Extra] = "extra"
os.environ["MIDFLIGHT_TEST_EFFECT"] = "2"
sys.setrecursionlimit(sys.getrecursionlimit() + 7)
string.added_by_lib = 2
json.added_function = loads
copyreg.pickle(Extra, reduce_extra)
codecs.register(find_codec)
atexit.register(at_exit)
