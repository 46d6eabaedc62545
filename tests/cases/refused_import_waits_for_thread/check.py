"""An import that waits for the thread it started would wait for ever: before the flip no thread of the new version runs."""

import threading

import refused_import_waits_for_thread as lib

EXPECT = "refused:staging-effect"


def hold():
    return threading.active_count()


def check(count):
    assert lib.f() == 1 and threading.active_count() == count
    assert not any(thread.name == "setter" for thread in threading.enumerate())
