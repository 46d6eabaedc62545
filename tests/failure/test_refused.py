"""Whatever makes an upgrade fail, the process goes on as it was: the heap's fingerprint is the same, what is held runs.

Each failure comes after the new version's import has written wherever an import can write. All happen in one process, one after the
other; at last a version without a fault is taken.
"""

import pytest

from tests.failure.trees import FAILURES, REGISTRY, V1, second
from tests.support import program

pytest.importorskip("midflight._testing")

SCRIPT = """
import atexit, collections, contextvars, copyreg, functools, linecache, mimetypes, random, signal, typing, warnings
import registry, lib, lib.late
sys.path.append({root!r})
from tests.support.heap import Heap
sys.path.remove({root!r})

FAILURES = {failures!r}
os.environ["LIB_OWN"] = "1"


class Child(lib.Base):
    def name(self):
        return "child of " + super().name()


def use():
    return lib.LIMIT, lib.function()


walk = lib.walk(iter(range(100)))
items, seen = iter(range(100)), []
held = [lib.function, functools.partial(lib.function), lib.Base(), Child(), {{lib.Base: 1}}, collections.deque([lib.function])]


def works(version):
    assert held[0] is lib.function and held[0]() == held[1]() == lib.function() == version, held[0]
    assert held[2].name() == f"base {{version}}" and held[3].name() == f"child of base {{version}}"
    assert held[4][lib.Base] == 1 and held[5][0] is lib.function and type(held[2]) is lib.Base
    assert next(walk)[1] == version
    assert use() == (100, version) and issubclass(lib.Base, __import__("collections").abc.Sized)


def attempt():
    try:
        midflight.upgrade("lib", wait=0.2)
    except midflight.UpgradeRefused as refused:
        return [reason.code for reason in refused.reasons], str(refused)
    except BaseException as error:
        return type(error).__name__, repr(error)
    return "made", ""


def one(name, expected):
    works(1)
    heap = Heap()
    outcome, text = attempt()
    if outcome == "made":
        return ["not refused"]
    differences = heap.differences()
    wrong = [] if outcome == expected or (isinstance(outcome, list) and set(outcome) <= set(expected)) else [f"{{outcome}}: {{text}}"]
    works(1)
    return wrong + differences


wrong = {{}}
works(1)
import other
install("other", "2")
midflight.upgrade("other")  # midflight has made what it makes once, the caches of typing are empty
for number, (name, (_, expected)) in enumerate(FAILURES.items()):
    install("lib", f"2.{{number}}")
    found = one(name, expected)
    if found:
        wrong[name] = found
    if found == ["not refused"]:
        break
for name, found in wrong.items():
    print(name)
    for line in found:
        print("   ", line[:600])
assert not wrong
assert registry.COUNT == 3 and list(registry.FLAGS) == ["own", "lib", "last"]
install("lib", "3")
report = midflight.upgrade("lib")
works(2)
assert not report.old_generation, report.old_generation
assert registry.COUNT == 4 and registry.FLAGS["lib"] == 2 and os.environ["LIB_VERSION"] == "2"
"""


def test_a_refused_upgrade_leaves_no_trace(tmp_path, midflight):
    versions = {f"2.{n}": second(end) for n, (end, _) in enumerate(FAILURES.values())}
    trees = {
        "lib": {"1": V1, **versions, "3": second("")},
        "other": {"1": {"other.py": "X = 1\n"}, "2": {"other.py": "X = 2\n"}},
        "registry": {"1": {"registry.py": REGISTRY}},
    }
    script = SCRIPT.format(root=str(program.ROOT), failures=FAILURES)
    found = program.run(tmp_path, trees, script)
    assert not found, found
