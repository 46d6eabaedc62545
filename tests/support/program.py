"""A script in a process of its own, beside a site directory whose distributions it can exchange.

trees is {distribution: {version: {file: text}}}; the lowest version of each is installed first. The script finds `midflight`
imported, and install(name, version), which puts that version's files on disk as pip does.
"""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support.install import Site
from tests.support.process import TIMEOUT, environment

ROOT = Path(__file__).parent.parent.parent
PRELUDE = """
import json, os, sys, threading, time
sys.path.append({root!r})
from tests.support.install import Site
sys.path.remove({root!r})
import midflight

TREES = json.loads({trees!r})


def install(name, version):
    Site({site!r}).upgrade(name, version, TREES[name][version])


"""


def run(folder, trees, script):
    """Runs it to its end, which must be without an error and without a word on stderr. Returns what it printed."""
    site = Site(folder / "site")
    trees = {
        name: {
            version: {file: textwrap.dedent(text) for file, text in tree.items()} for version, tree in versions.items()
        }
        for name, versions in trees.items()
    }
    for name, versions in trees.items():
        version = min(versions)
        site.install(name, version, versions[version])
    program = folder / "program.py"
    program.write_text(
        PRELUDE.format(root=str(ROOT), trees=json.dumps(trees), site=str(site.path)) + textwrap.dedent(script)
    )
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(program)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env=environment([site.path]),
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr, done.stderr
    return done.stdout
