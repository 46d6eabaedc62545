"""Bytecode that CPython would believe is not always that of the source beside it."""

import os

from tests.support import process
from tests.support.install import Site

PROGRAM = """
import os

import midflight
import __main__


def main(upgrade, result):
    from lib import f

    assert midflight._engine.kept(60)
    __main__.install(2)
    midflight.upgrade("lib")
    result["f"] = f()
"""


def test_a_link_does_not_make_old_bytecode_new(tmp_path, midflight):
    """Source of the same size and time, bytecode that stayed; then somebody links the bytecode, as the vault does: its ctime is new."""
    site, application, old = Site(tmp_path / "site"), tmp_path / "application", 1_700_000_000
    site.install("lib", "1", {"lib/__init__.py": "def f(): return 1\n"}, pyc=True, mtime=old)
    application.mkdir()
    (application / "app.py").write_text(PROGRAM)

    def install(step):
        site.upgrade("lib", "2", {"lib/__init__.py": "def f(): return 2\n"}, keep_pyc=True, mtime=old)
        (compiled,) = (site.path / "lib/__pycache__").glob("*.pyc")
        os.link(compiled, tmp_path / "linked")

    result = process.run(tmp_path, "app", paths=[site.path, application], kind="script", oracle=False, install=install)
    assert "error" not in result, result["traceback"]
    assert result["f"] == 2
