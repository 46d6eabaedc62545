"""Whose is a module? Distributions whose modules have another name are found by RECORD, also when it changes in place."""

import json
import subprocess
import sys

from tests.support.install import Site

PROGRAM = """
import pathlib, sys
import midflight

site = pathlib.Path(sys.path[0])

def owned():
    return {entry.name for entry in midflight.status()} & {"first-dist", "second-dist", "third-dist"}

import other_name
import program_module                       # in the site directory, in no RECORD: all are searched
record = next(site.glob("third_dist-*.dist-info")) / "RECORD"
with open(record, "a") as file:             # an installer that writes in place: nothing else changes
    file.write("appended/__init__.py,,\\n")
import appended.inner
import quoted                               # (status() reads the disk anew: not asked before)
assert owned() == {"first-dist", "second-dist", "third-dist"}, owned()
"""


def test_owners_of_modules_with_other_names(tmp_path):
    """What the RECORDs contain has been noted for earlier imports when one of them changes."""
    site = Site(tmp_path / "site")
    site.install("first-dist", "1", {"other_name/__init__.py": ""})
    site.install("second-dist", "1", {"second_unused.py": ""})
    site.install("third-dist", "1", {"third_unused/__init__.py": ""})
    (site.path / "program_module.py").write_text("")
    (site.path / "appended").mkdir()
    (site.path / "appended/__init__.py").write_text("")
    (site.path / "appended/inner.py").write_text("")
    (site.path / "quoted.py").write_text("")
    record = next(site.path.glob("second_dist-*.dist-info")) / "RECORD"
    record.write_text('"quoted.py",,\n' + record.read_text())
    program = f"import sys; sys.path.insert(0, {str(site.path)!r})\n" + PROGRAM
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr


AGAIN = """
import hashlib, pathlib, sys
import midflight
from midflight import _engine

site = pathlib.Path(sys.path[0])
record = next(site.glob("first_dist-*.dist-info")) / "RECORD"

def content():
    return hashlib.sha256(record.read_bytes()).digest()

import other_name
first = content()
assert _engine.owner("other_name")[2] == first
with open(record, "a") as file:             # neither the directory nor another distribution changes
    file.write("other_name/later.py,,\\n")
import other_name.later
assert content() != first
assert _engine.owner("other_name.later")[2] == content(), "a RECORD as it was at an earlier import"
assert _engine.owner("other_name")[2] == first, "what was loaded stays what it was"
"""


def test_a_record_that_changes_in_place_is_read_again(tmp_path):
    """Also of the distribution that is known to have modules of this name: the others are not looked at."""
    site = Site(tmp_path / "site")
    site.install("first-dist", "1", {"other_name/__init__.py": "", "other_name/later.py": ""})
    site.install("second-dist", "1", {"second_unused.py": ""})
    program = f"import sys; sys.path.insert(0, {str(site.path)!r})\n" + AGAIN
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr


LATER = """
import hashlib, pathlib, sys
import midflight
from midflight import _engine

site = pathlib.Path(sys.path[0])
record = next(site.glob("first_dist-*.dist-info")) / "RECORD"

def content():
    return hashlib.sha256(record.read_bytes()).digest()

import other_name                           # nobody asks which install this is,
first = content()
with open(record, "a") as file:
    file.write("other_name/later.py,,\\n")
import other_name.later                     # nor here,
second = content()
for part in record.parent.iterdir():
    part.unlink()
record.parent.rmdir()                       # before nothing of it is left
assert first != second
assert _engine.owner("other_name") == ("first-dist", "1", first)
assert _engine.owner("other_name.later") == ("first-dist", "1", second)
"""


def test_which_install_is_known_though_it_is_asked_late(tmp_path):
    site = Site(tmp_path / "site")
    site.install("first-dist", "1", {"other_name/__init__.py": "", "other_name/later.py": ""})
    program = f"import sys; sys.path.insert(0, {str(site.path)!r})\n" + LATER
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr


TOO_LARGE = """
import resource, sys
import midflight

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

import own.m0                               # no distribution's, as far as can be known: all have been asked
first = peak()
import own.m1, own.m2, own.m3, own.m4, own.m5, own.m6, own.m7
assert peak() - first < first, (first, peak())
assert "demo" not in {entry.name for entry in midflight.status()}
"""


def test_a_tree_that_is_too_large_is_looked_through_once(tmp_path):
    """Whoever imports a file that lies in no site directory asks the editable installs. Every time it was walked through
    took more than a second, and tens of megabytes."""
    site, tree = Site(tmp_path / "site-packages"), tmp_path / "tree"
    (tree / "own").mkdir(parents=True)
    for n in range(400):
        (tree / f"own/m{n}.py").write_text("")
    site.install("demo", "1", {"demo.pth": f"{tree}\n" * 1000})
    info = next(site.path.glob("demo-*.dist-info"))
    direct = {"url": f"file://{tree}", "dir_info": {"editable": True}}
    (info / "direct_url.json").write_text(json.dumps(direct))
    program = f"import sys; sys.path[:0] = [{str(site.path)!r}, {str(tree)!r}]\n" + TOO_LARGE
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
