"""What midflight says to the caller: bad input, status(), reload_module(), explain(), reports and refusals as data."""

import pytest

from tests.packages import steps
from tests.support import process
from tests.support.install import Site

PRELUDE = '''
import midflight


def raises(kind, call, *args, **kwargs):
    """The exception that a call must end with."""
    try:
        call(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{call} did not raise {kind}")


def main(upgrade, result):
'''


@pytest.fixture
def run(tmp_path, midflight):
    """run(body, versions, ...): a process in which distribution "lib" is on disk and `body` is the body of main()."""

    def start(body, versions=(), *, extra=(), files=None, timeout=process.TIMEOUT, paths=(), same=False):
        site = Site(tmp_path / "site")
        trees = [
            {
                "lib/__init__.py": f"N = {n}\n\n\ndef f():\n    return {n}\n\n\nclass C:\n    def m(self):\n        return {n}\n"
            }
            for n in (1, 2, 3, 4)
        ]
        trees = list(versions) or trees
        site.install("lib", "1", trees[0])
        for name, version, tree in extra:
            site.install(name, version, tree)
        application = tmp_path / "application"
        application.mkdir()
        (application / "app.py").write_text(PRELUDE + "".join(f"    {line}\n" for line in body.strip().splitlines()))
        for name, text in (files or {}).items():
            (application / name).write_text(text)

        def install(step):
            site.upgrade("lib", "1" if same else str(step), trees[step - 1])

        result = process.run(
            tmp_path,
            "app",
            paths=[site.path, application, *paths],
            roots=[f"{site.path}/"],
            kind="script",
            oracle=False,
            install=install,
            timeout=timeout,
        )
        assert "error" not in result, result["traceback"]
        return result

    return start


INSTALL = "import __main__, lib, sys, os\n"


def test_errors_of_bad_input(run):
    run(
        INSTALL
        + """
names = ["Error", "UpgradeRefused", "upgrade", "status", "reload_module", "explain"]
assert all(hasattr(midflight, name) for name in names)
assert issubclass(midflight.Error, Exception) and issubclass(midflight.UpgradeRefused, midflight.Error)
assert "no-such-thing" in str(raises(midflight.Error, midflight.upgrade, "no-such-thing"))
assert "idle" in str(raises(midflight.Error, midflight.upgrade, "idle")), "installed, not loaded"
raises(midflight.Error, midflight.upgrade, "lib", when="later")
raises(midflight.Error, midflight.upgrade, "lib", wait=-1)
raises(midflight.Error, midflight.upgrade, "lib", wait=float("nan"))
raises(midflight.Error, midflight.upgrade, "lib", wait="long")
raises(midflight.Error, midflight.upgrade, 5)
raises(midflight.Error, midflight.upgrade, "lib", b"lib")
raises(TypeError, midflight.upgrade, "lib", patience=3)
raises(TypeError, midflight.reload_module)
raises(midflight.Error, midflight.reload_module, 5)
assert lib.f() == 1 and lib.N == 1
""",
        extra=[("idle", "1", {"idle.py": "X = 1\n"})],
    )


def test_nothing_to_do(run):
    """A distribution that did not change: nothing is upgraded, and nothing is touched."""
    run(
        INSTALL
        + """
function, cls, module = lib.f, lib.C, lib
for report in (midflight.upgrade("lib"), midflight.upgrade()):
    assert list(report.upgraded) == [] and report.functions == report.references == report.instances == 0
assert lib.f is function and lib.C is cls and sys.modules["lib"] is module
"""
    )


def test_report(run):
    run(
        INSTALL
        + """
import json
held, instance, method = [lib.f, lib.C], lib.C(), lib.C().m
__main__.install(2)
report = midflight.upgrade("Lib")
assert [tuple(entry) for entry in report.upgraded] == [("lib", "1", "2")]
assert (report.modules, report.functions, report.classes) == (1, 2, 1), str(report)
assert report.instances == 2 and report.references >= 5
assert report.drained >= 0 and report.pause > 0 and report.staged > 0
assert list(report.old_frames) == [] and list(report.old_generation) == []
text = str(report)
assert "\\n" not in text and text.startswith("lib 1 -> 2: 1 module"), text
for part in ("functions", "class", "instances", "references moved", "drained in", "pause", "staged in", "frames on old code: 0", "old generation gone"):
    assert part in text, (part, text)
data = report.to_dict()
json.dumps(data)
assert [(e["name"], e["old_version"], e["new_version"]) for e in data["upgraded"]] == [("lib", "1", "2")]
for key in ("modules", "functions", "classes", "instances", "references", "drained", "pause", "staged", "old_frames", "old_generation"):
    assert data[key] == getattr(report, key), key
assert held == [lib.f, lib.C] and instance.m() == method() == lib.f() == 2
"""
    )


STATE = [
    {"lib/__init__.py": "A, B, TABLE = 1, 1, {'x': 1}\n\n\ndef f():\n    return A\n"},
    {"lib/__init__.py": "A, B, TABLE = 2, 2, {'x': 2}\n\n\ndef f():\n    return A, B\n"},
    {"lib/__init__.py": "__upgrade_state__ = {'A': 'sometimes'}\nA, B, TABLE = 3, 3, {}\n"},
]


def test_report_of_conflicts(run):
    """What both sides changed is listed, as data and as text; what the program alone changed is not."""
    run(
        INSTALL
        + """
import json
lib.A, lib.TABLE["x"], lib.MINE = 9, 9, 9
__main__.install(2)
plan = midflight.plan("lib")
assert "changed by both sides, the program's way is kept (2)\\n    lib.A: " in str(plan), str(plan)
report = midflight.upgrade("lib")
assert [(c.module, c.symbol) for c in report.conflicts] == [("lib", "A"), ("lib", "TABLE['x']")], report.conflicts
assert plan.conflicts == report.conflicts and plan.to_dict()["conflicts"] == report.to_dict()["conflicts"]
assert lib.f() == (9, 2) and lib.TABLE == {"x": 9} and lib.MINE == 9
assert "9" in report.conflicts[0].kept and "starts with 2" in report.conflicts[0].kept
lines = str(report).splitlines()
assert lines[0].endswith("the program's way was kept for 2:") and lines[1].startswith("  - lib.A: "), lines
assert json.loads(json.dumps(report.to_dict()))["conflicts"][0]["symbol"] == "A"
assert repr(report.conflicts[0]).startswith("Conflict(")
""",
        STATE,
    )


def test_policies_of_bad_input(run):
    """Bad names and words are errors before anything is done; a package's bad word is one as well."""
    run(
        INSTALL
        + """
__main__.install(2)
for state in (["lib.A"], {"lib.A": "both"}, {"A": "keep"}, {5: "keep"}, {"lib.": "keep"}, {"lib.A": None}):
    raises(midflight.Error, midflight.upgrade, "lib", state=state)
for path in ("lib.NOTHING", "other.A", "lib.f.nothing", "lib.A.b.c", "sys.path"):
    assert path in str(raises(midflight.Error, midflight.upgrade, "lib", state={path: "keep"}))
assert lib.A == 1 and lib.f() == 1
report = midflight.upgrade("lib", state={"lib.A": "keep", "lib.TABLE": "keep", "lib.B": "new"})
assert lib.f() == (1, 2) and lib.TABLE == {"x": 1} and report.conflicts == []
__main__.install(3)
error = raises(midflight.Error, midflight.upgrade, "lib")
assert "__upgrade_state__" in str(error) and "sometimes" in str(error) and lib.f() == (1, 2)
""",
        STATE,
    )


COUNTING = """

def add(name):
    global N
    N += 1
    NAMES.append(name)
    SEEN[name] = N
"""
EARLY = """import sys
sys.path.insert(0, sys.argv[1])
import lib
lib.add("early")
import midflight
lib.add("late")
print("ready", flush=True)
sys.stdin.readline()
report = midflight.upgrade("lib")
assert lib.SEEN == {"early": 1, "late": 2, "new": 2} and lib.N == 2, lib.SEEN
assert lib.NAMES == ["own", "new", "early", "late"] and lib.TABLE == ["2.0"], lib.NAMES
assert any("before midflight" in note for note in report.notes), report.notes
"""


def test_what_was_loaded_before_is_said(run):
    """Modules that were loaded before midflight have no base that anybody saw: inferred, and the report says so."""
    run(
        INSTALL
        + """
import subprocess
early = os.path.join(os.path.dirname(__file__), "early.py")
site = os.path.dirname(os.path.dirname(lib.__file__))
child = subprocess.Popen([sys.executable, early, site], stdin=-1, stdout=-1, text=True)
assert child.stdout.readline().strip() == "ready"
__main__.install(2)
child.communicate("go", timeout=60)
assert child.returncode == 0
""",
        [
            {"lib/__init__.py": "SEEN, NAMES, N, TABLE = {}, ['own'], 0, ['1.0']\n" + COUNTING},
            {"lib/__init__.py": "SEEN, NAMES, N, TABLE = {'new': 2}, ['own', 'new'], 0, ['2.0']\n" + COUNTING},
        ],
        files={"early.py": EARLY},
    )


def test_upgrade_of_everything_that_changed(run):
    """Without a name: all loaded distributions that changed on disk, and no others."""
    run(
        INSTALL
        + """
import other
kept = other.f
__main__.install(2)
report = midflight.upgrade()
assert [entry[0] for entry in report.upgraded] == ["lib"] and lib.f() == 2 and other.f is kept
assert list(midflight.upgrade().upgraded) == []
""",
        extra=[("other", "1", {"other.py": "def f():\n    return 1\n"})],
    )


def test_status(run):
    run(
        INSTALL
        + """
def entry(name):
    return [(e.loaded, e.installed, bool(e.stale)) for e in midflight.status() if e.name == name]
assert entry("lib") == [("1", "1", False)]
__main__.install(2)
assert entry("lib") == [("1", "2", True)]
midflight.upgrade("lib")
assert entry("lib") == [("2", "2", False)]
import shutil, pathlib
site = pathlib.Path(lib.__file__).parents[1]
shutil.rmtree(site / "lib"); shutil.rmtree(next(site.glob("lib-*.dist-info")))
(loaded, installed, stale), = entry("lib")
assert loaded == "2" and installed is None and stale, (loaded, installed, stale)
error = raises(midflight.Error, midflight.upgrade, "lib")
assert "lib" in str(error) and lib.f() == 2
"""
    )


def test_status_of_the_same_version_again(run):
    run(
        INSTALL
        + """
import pathlib
site = pathlib.Path(lib.__file__).parents[1]
assert not [e for e in midflight.status() if e.name == "lib" and e.stale]
__main__.install(2)
assert [e for e in midflight.status() if e.name == "lib" and e.stale], "a new identity with the same version is stale"
""",
        same=True,
    )


def test_refusal_is_data(run):
    broken = {"lib/__init__.py": "N = 2\nfrom . import b\n", "lib/b.py": "raise RuntimeError('boom')\n"}
    run(
        INSTALL
        + """
__main__.install(2)
modules, function = dict(sys.modules), lib.f
error = raises(midflight.UpgradeRefused, midflight.upgrade, "lib")
assert error.reasons and "boom" in str(error), str(error)
reason = error.reasons[0]
assert reason.distribution == "lib" and reason.module in ("lib", "lib.b") and reason.code and reason.action
assert "boom" in reason.cause and hasattr(reason, "symbol")
assert {k: id(v) for k, v in sys.modules.items()} == {k: id(v) for k, v in modules.items()} and lib.f is function and lib.N == 1
again = raises(midflight.UpgradeRefused, midflight.upgrade, "lib")
assert [r.code for r in again.reasons] == [r.code for r in error.reasons]
__main__.install(3)
assert midflight.upgrade("lib").upgraded and lib.f() == 3
""",
        versions=[
            {"lib/__init__.py": "N = 1\ndef f():\n    return 1\n"},
            broken,
            {"lib/__init__.py": "N = 3\ndef f():\n    return 3\n"},
        ],
    )


def test_half_written_install_is_refused(run):
    """Without its final RECORD, with a file missing or cut short: refused with the reason, and taken when it is whole."""
    run(
        INSTALL
        + """
import pathlib
site = pathlib.Path(lib.__file__).parents[1]
__main__.install(2)
info = next(site.glob("lib-2.dist-info"))
record, code = info / "RECORD", site / "lib" / "__init__.py"
text, source = record.read_text(), code.read_text()
raw = "".join(line + "\\n" for line in text.splitlines() if "INSTALLER" not in line)
for damage, repair in (
    (lambda: record.write_text(raw), lambda: record.write_text(text)),
    (lambda: record.write_text(""), lambda: record.write_text(text)),
    (lambda: code.write_text(""), lambda: code.write_text(source)),
    (lambda: code.unlink(), lambda: code.write_text(source)),
):
    damage()
    error = raises(midflight.UpgradeRefused, midflight.upgrade, "lib")
    assert error.reasons[0].distribution == "lib" and lib.f() == 1, str(error)
    repair()
assert midflight.upgrade("lib").upgraded and lib.f() == 2
"""
    )


def test_reload_module_of_a_distribution(run):
    run(
        INSTALL
        + """
assert midflight.reload_module("lib") is lib and lib.f() == 1
held = lib.f
__main__.install(2)
module = midflight.reload_module("lib")
assert module is lib is sys.modules["lib"] and lib.f() == held() == 2 and held is lib.f
assert "fresh" not in sys.modules
fresh = midflight.reload_module("fresh")
assert fresh is sys.modules["fresh"] and fresh.X == 5, "imported if it was not"
""",
        extra=[("fresh", "1", {"fresh.py": "X = 5\n"})],
    )


def test_reload_module_of_the_working_directory(run):
    run(
        INSTALL
        + """
import pathlib
import local
from local import C, f
path, instance, table = pathlib.Path(local.__file__), C(), {f: "f", C: "C"}
assert midflight.reload_module("local") is local and f() == 1
path.write_text("def f():\\n    return 2\\n\\n\\nclass C:\\n    def m(self):\\n        return 2\\n\\n\\nEXTRA = 1\\n")
module = midflight.reload_module("local")
assert module is local is sys.modules["local"] and f is local.f and f() == 2 and instance.m() == 2 and C is local.C
assert table[local.f] == "f" and table[local.C] == "C" and local.EXTRA == 1
path.write_text("def f(:\\n")
error = raises(midflight.UpgradeRefused, midflight.reload_module, "local")
assert f() == 2 and instance.m() == 2 and sys.modules["local"] is local
path.write_text("def f():\\n    return 3\\n\\n\\nclass C:\\n    def m(self):\\n        return 3\\n")
midflight.reload_module("local")
assert f() == 3 and instance.m() == 3 and not hasattr(local, "EXTRA")
""",
        files={"local.py": "def f():\n    return 1\n\n\nclass C:\n    def m(self):\n        return 1\n"},
    )


def test_reload_module_that_does_not_exist(run):
    run(
        INSTALL
        + """
before, path = set(sys.modules), list(sys.path)
for name in ("no_such_module", "lib.no_such_module", "no_such.module"):
    error = raises(ImportError, midflight.reload_module, name)
    assert name.split(".")[-1] in str(error) or name.split(".")[0] in str(error), str(error)
added = {name for name in set(sys.modules) - before if name.split(".")[0] not in sys.stdlib_module_names}
assert added == set() and before <= set(sys.modules) and sys.path == path and lib.f() == 1
assert midflight.reload_module("sys") is sys
"""
    )


def test_reload_module_of_a_submodule(run):
    trees = [{"lib/__init__.py": f"N = {n}\n", "lib/a.py": f"def f():\n    return {n}\n"} for n in (1, 2)]
    run(
        INSTALL
        + """
import lib.a
held = lib.a.f
__main__.install(2)
assert midflight.reload_module("lib.a") is lib.a and held() == 2 and lib.N == 2, "its whole distribution"
""",
        versions=trees,
    )


def test_explain(run):
    run(
        INSTALL
        + """
class Holder:
    pass
holder, table = Holder(), {lib.f: [lib.f]}
holder.attribute = lib.C
explained = midflight.explain(lib.f)
assert explained.left_over == 0, str(explained)
assert sum(entry.count for entry in explained.references) >= 3
assert {"dict", "list"} <= {entry.holder_type for entry in explained.references}
assert all(isinstance(entry.path, str) and entry.path for entry in explained.references)
assert any("lib" in entry.path for entry in explained.references)
count = sum(entry.count for entry in midflight.explain(lib.C).references)
more = [lib.C, (lib.C,)]
assert sum(entry.count for entry in midflight.explain(lib.C).references) == count + 2
import gc
before = sys.getrefcount(lib.f)
for _ in range(10):
    midflight.explain(lib.f)
assert sys.getrefcount(lib.f) == before
"""
    )


def test_explain_names_what_native_code_holds(run):
    """A reference that no traversal reaches stays left over, and an upgrade that it concerns is refused by name."""
    pytest.importorskip("sqlite3")
    run(
        INSTALL
        + """
import sqlite3
connection = sqlite3.connect(":memory:")
connection.create_function("f", 0, lib.f)
assert midflight.explain(lib.f).left_over == 1
__main__.install(2)
error = raises(midflight.UpgradeRefused, midflight.upgrade, "lib")
assert any("f" in str(reason.symbol) for reason in error.reasons), str(error)
assert connection.execute("select f()").fetchone() == (1,) and lib.f() == 1
connection.close()
del connection
assert midflight.explain(lib.f).left_over == 0
midflight.upgrade("lib")
assert lib.f() == 2
"""
    )


QUIET = """
import sys, types
import flask, jinja2, requests, urllib3, werkzeug, werkzeug.serving, werkzeug.routing, flask.cli, jinja2.nodes
roots = ("flask", "jinja2", "requests", "urllib3", "werkzeug")
seen, wrong = {}, []
def visit(obj):
    if id(obj) in seen:
        return
    if isinstance(obj, types.FunctionType) or isinstance(obj, type):
        if str(getattr(obj, "__module__", "")).split(".")[0] in roots:
            seen[id(obj)] = f"{obj.__module__}.{obj.__qualname__}"
            if isinstance(obj, type):
                for part in list(type.__dict__["__dict__"].__get__(obj).values()):
                    visit(getattr(part, "__func__", part))
for name, module in list(sys.modules.items()):
    if name.split(".")[0] in roots:
        for value in list(module.__dict__.values()):
            visit(value)
import gc
gc.collect()
names = dict(seen)
objects = [obj for obj in gc.get_objects() if id(obj) in names and isinstance(obj, (types.FunctionType, type))]
result["definitions"] = len(objects)
assert len(objects) > 1000
obj = None
while objects:
    obj = objects.pop()
    explained = midflight.explain(obj)
    if explained.left_over:
        wrong.append((names[id(obj)], explained.left_over))
assert wrong == [], (len(wrong), wrong[:10])
"""


def test_explain_everything(run, tmp_path):
    """In a quiet process with flask, werkzeug, jinja2, requests and urllib3 no definition has a reference left over."""
    beside = Site(tmp_path / "beside" / "lib" / "python")
    try:
        for package in ("flask", "requests"):
            for requirement in steps.newest(package):
                if not beside.dist_info(requirement.split("==")[0]):
                    beside.install_prepared(steps.fetch(requirement))
    except steps.Offline as offline:
        pytest.skip(str(offline))
    result = run(QUIET, paths=[beside.path], timeout=240)
    assert result["definitions"] > 1000
