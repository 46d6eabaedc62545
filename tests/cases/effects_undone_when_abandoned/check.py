"""The new version's import raises when it has already written everywhere: all of it is undone, what it overwrote is back."""

import atexit
import copyreg
import json
import os
import string
import sys

import effects_undone_when_abandoned as lib
import registry

EXPECT = "refused:staging-failed"


def seen():
    hub = registry.hub
    outside = (dict(hub.plugins), hub.active, registry.Hub.default, list(registry.ORDER), set(registry.KNOWN))
    settings = (dict(os.environ), sys.getrecursionlimit(), atexit._ncallbacks(), dict(copyreg.dispatch_table))
    return outside, dict(registry.NAMES), settings, sorted(vars(string)), sorted(vars(json))


def hold():
    return seen()


def check(before):
    assert seen() == before
    assert registry.hub.plugins["lib"].version == 1 and lib.Plugin.version == 1
