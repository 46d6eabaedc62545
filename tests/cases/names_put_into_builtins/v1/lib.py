import builtins
import sys

builtins.lib_version = lambda: "v1"
sys.breakpointhook = lambda: "v1"


def named():
    return "v1"


builtins.lib_named = named
