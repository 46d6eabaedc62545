"""What is tried while things go wrong: a module for each scenario, imported by program.py with its first version installed.

What the site directory holds before is in versions.INSTALLED. Each has

    prepare()       what comes before: version 2 on disk, things held
    act()           the call; what is left of the old version, if that is to be nothing
    EXPECTED        what it does when nothing goes wrong: "done" or "refused"
    is_done()       is it made?
    works(done)     what is held behaves so; called once in a process
    look()          what the heap's fingerprint does not show, as a dict
    ALLOWED         objects that may change when it fails (or functions that say so of one)
"""

import os
import typing


def in_child(function):
    """Calls it in a child, so that the process does not hold what that takes."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert status == 0


def site_directory():
    return os.environ["PYTHONPATH"].split(os.pathsep)[0]


def put(name, version, tree):
    """Puts a version of an installed distribution on disk."""

    def install():
        from tests.support.install import Site

        Site(site_directory()).upgrade(name, version, tree)

    in_child(install)


def registry_of_overloads(thing):
    """The order of what typing registers by name is nobody's: it was taken out and put back."""
    return thing is typing._overload_registry
