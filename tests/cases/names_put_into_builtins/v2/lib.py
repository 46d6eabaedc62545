import builtins
import sys

builtins.lib_version = lambda: "v2"
sys.breakpointhook = lambda: "v2"


def named():
    return "v2"


builtins.lib_named = named
