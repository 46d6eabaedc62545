"""Files of a package that the program has loaded under names of its own: they stay as they are, and the report says so."""

import subprocess
import sys

import pytest

from tests.support import program
from tests.support.install import Site
from tests.support.process import environment

TREES = {
    "lib": {
        str(n): {
            "lib/__init__.py": f"N = {n}\n",
            "lib/sub.py": f"def f():\n    return {n}\n",
            "lib/tool.py": f"N = {n}\n",
        }
        for n in (1, 2, 3)
    }
}
LOAD = """
import importlib.util, lib, lib.sub, runpy

def load(name):
    spec = importlib.util.spec_from_file_location(name, lib.sub.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

"""


@pytest.fixture
def run(tmp_path, midflight):
    return lambda script: program.run(tmp_path, TREES, LOAD + script)


@pytest.mark.parametrize(
    "how, name, file, old",
    [
        ("held = load('other')", "other", "sub.py", "held.f()"),
        ("held = sys.modules['other'] = load('other')", "other", "sub.py", "held.f()"),
        ("held = runpy.run_path(lib.sub.__file__)", "<run_path>", "sub.py", "held['f']()"),
        ("__file__ = lib.sub.__file__.replace('sub', 'tool')", "__main__", "tool.py", "1"),  # no function, not in `lib`
    ],
)
def test_it_is_told(run, how, name, file, old):
    run(f"""
{how}
path = os.path.join(os.path.dirname(lib.__file__), "{file}")
install("lib", "2")
for notes in (midflight.plan("lib").notes, midflight.upgrade("lib").notes):
    (note,) = [note for note in notes if "not the package's own" in note]
    assert note.startswith("{name} was loaded from " + path + ","), note
assert lib.N == lib.sub.f() == 2 and {old} == 1
""")


MAIN = """
import sys
import midflight, lib.sub
def mine():
    return 1
print("loaded", flush=True)
sys.stdin.readline()
notes = midflight.upgrade("lib").notes
assert "__main__ was loaded from " + __file__ in [note.split(",")[0] for note in notes], notes
assert mine() == 1 and lib.sub.f() == 2
"""


def test_a_module_that_runs_as_main(tmp_path, midflight):
    site = Site(tmp_path / "site")
    site.install("lib", "1", {**TREES["lib"]["1"], "lib/main.py": MAIN})
    command = [sys.executable, "-m", "lib.main"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment([site.path]), cwd=tmp_path
    ) as child:
        assert child.stdout.readline() == "loaded\n"
        site.upgrade("lib", "2", {**TREES["lib"]["2"], "lib/main.py": "def mine():\n    return 2\n"})
        output = child.communicate("\n", timeout=100)
        assert child.returncode == 0, output


def test_earlier_versions_are_not_meant(run):
    run("""
held = lib.sub.f
install("lib", "2")
first = midflight.upgrade("lib", keep=60)
install("lib", "3")
second = midflight.upgrade("lib", keep=60)
back = midflight.rollback()
assert [list(report.notes) for report in (first, second, back)] == [[], [], []], (first, second, back)
assert held() == 2
""")
