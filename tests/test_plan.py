"""plan(): what it says of every case, that it agrees with what upgrade() then does, and that the process stays as it was."""

import pytest

from tests.support import process
from tests.test_api import INSTALL, run  # noqa: F401
from tests.test_cases import NAMES, Case

# These are answers of a moment (plan() lists the calls, upgrade() waits for them), or of a hook, which plan() does not call.
OF_A_MOMENT = {"active", "busy", "native-holder", "frame", "hook-failed"}
OF_INSTANCES = {"attributes-added"}  # what a hook leaves unset is known once it has run
NOT_PLANNED = {  # the first counts collections, and the comparison makes some; the state of the other is never what it was
    "old_version_dies_alone",
    "state_written_by_a_thread_inside",
}


def _places(conflicts):
    return [(conflict["module"], conflict["symbol"]) for conflict in conflicts]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_PLANNED])
def test_plan_agrees(name, tmp_path, midflight):
    """Each case folder: plan(), then upgrade(), in one process."""
    case = Case(name)
    result = case.run(tmp_path, "upgrade", extra={"plan": True})
    process.judge(result, kept=case.kept, endless=case.endless)
    assert "error" not in result, result["traceback"]
    for record in result["upgrades"]:
        plan = record["plan"]
        assert plan["process"] == [], "plan() changed the process: " + "; ".join(plan["process"][:10])
        codes = set(process.refusal_codes(record)) - OF_A_MOMENT
        planned = {reason["code"] for reason in plan["reasons"]} - OF_A_MOMENT
        assert codes - (OF_INSTANCES if plan["hooks"] else set()) <= planned, plan["text"]
        assert codes or not planned, f"upgraded, but planned: {plan['text']}"
        if record["refused"] is None:
            assert _places(plan["conflicts"]) == _places(record["report"]["conflicts"]), plan["text"]
        verdicts = (
            ("live with hook", "restart") if plan["reasons"] else ("live with hook",) if plan["hooks"] else ("live",)
        )
        assert plan["verdict"] in verdicts, plan["text"]


TREES = [
    {
        "lib/__init__.py": "from lib import sub\n\n\ndef kept():\n    return 1\n\n\ndef changed(a, b=0):\n    return 1\n\n\ndef gone():\n    return 1\n\n\n"
        "class Same:\n    def m(self):\n        return 1\n\n\nclass Changed:\n    def m(self):\n        return 1\n\n\nclass Gone:\n    pass\n\n\n"
        "class Slots:\n    __slots__ = ('a',)\n",
        "lib/sub.py": "def wait(queue):\n    queue.get()\n    return gone_too()\n\n\ndef gone_too():\n    return 1\n",
        "lib/dead.py": "X = 1\n",
    },
    {
        "lib/__init__.py": "from lib import sub\n\n\ndef kept():\n    return 1\n\n\ndef changed(a):\n    return 2\n\n\ndef added():\n    return 2\n\n\n"
        "class Same:\n    def m(self):\n        return 1\n\n\nclass Changed:\n    def m(self):\n        return 2\n\n\nclass Added:\n    def m(self):\n        return 2\n\n\n"
        "class Slots:\n    __slots__ = ('a', 'b')\n",
        "lib/sub.py": "def wait(queue, limit):\n    queue.get()\n    return limit\n",
    },
]


def test_plan_tells_everything(run):  # noqa: F811
    run(
        INSTALL
        + """
import json, queue, threading, lib.dead
import user
held = [lib.Slots(), lib.Slots(), lib.Changed(), lib.Same()]
source = queue.SimpleQueue()
thread = threading.Thread(target=lib.sub.wait, args=(source,), name="waits", daemon=True)
thread.start()
assert str(midflight.plan("lib")).startswith("nothing to upgrade") and midflight.plan().distributions == []
__main__.install(2)
plan = midflight.plan("Lib")
assert midflight.plan().to_dict()["functions"] == plan.to_dict()["functions"]
[planned] = plan.distributions
assert planned[:3] == ("lib", "1", "2") and planned.verdict == plan.verdict == "restart" and planned.reasons == plan.reasons
assert plan.complete and plan.staged > 0
assert plan.functions.changed == ["lib.Changed.m", "lib.changed", "lib.sub.wait"], plan.functions
assert plan.functions.unchanged == ["lib.Same.m", "lib.kept"]
assert plan.functions.added == ["lib.Added.m", "lib.added"] and plan.functions.removed == ["lib.gone", "lib.sub.gone_too"]
assert plan.classes == (["lib.Changed", "lib.Slots"], ["lib.Same"], ["lib.Added"], ["lib.Gone"]), plan.classes
assert plan.modules_removed == ["lib.dead"] and plan.modules_added == []
layouts = {layout.symbol: layout for layout in plan.layouts}
assert layouts["Slots"].instances == 2 and "__slots__" in layouts["Slots"].change
assert layouts["Changed"][2:] == layouts["Same"][2:] == (1, None) and len(layouts) == 3
uses = {(use.code, use.symbol): use for use in plan.uses}
assert set(uses) == {("name-removed", "gone"), ("signature-changed", "changed")}, uses
use = uses["name-removed", "gone"]
assert (use.user, use.function, use.line) == ("user", "use_name", 5) and use.file == user.__file__
assert uses["signature-changed", "changed"].line == 9
assert {reason.code for reason in plan.reasons} >= {"name-removed", "signature-changed"}
[executing] = [entry for entry in plan.executing if entry.thread == "waits"]
assert (executing.function, executing.line, executing.fits) == ("wait", 2, True)
text = str(plan)
for part in ("lib 1 -> 2: restart", "lib.gone", "functions: 3 changed, 2 unchanged, 2 added, 2 removed", "user.use_name", "waits: wait", "lib.Slots, 2 instances"):
    assert part in text, (part, text)
data = plan.to_dict()
assert json.loads(json.dumps(data))["uses"][0]["file"] == user.__file__ and data["distributions"][0]["reasons"][0]["code"]
source.put(1)
thread.join()
assert lib.kept() == lib.gone() == 1 and len(held) == 4
""",
        TREES,
        files={
            "user.py": "import lib\n\n\ndef use_name():\n    return lib.gone()\n\n\ndef call():\n    return lib.changed(1, 2)\n"
        },
    )


def test_plan_that_cannot_be_staged(run):  # noqa: F811
    run(
        INSTALL
        + """
__main__.install(2)
plan = midflight.plan("lib")
assert plan.verdict == "restart" and not plan.complete and [reason.code for reason in plan.reasons] == ["staging-failed"]
assert "the rest is not known" in str(plan) and plan.functions.changed == [] and plan.distributions[0].installed == "2"
assert plan.to_dict()["complete"] is False and lib.f() == 1
""",
        [{"lib/__init__.py": "def f():\n    return 1\n"}, {"lib/__init__.py": "def f(:\n"}],
    )


def test_plan_of_several(run):  # noqa: F811
    """One transaction: the verdict is the worst, each distribution has its own."""
    run(
        INSTALL
        + """
import other, pathlib, user
info = next(pathlib.Path(other.__file__).parent.glob("other-1.dist-info"))
pathlib.Path(other.__file__).write_text("def f():\\n    return 2\\n")
record = info / "RECORD"
record.write_text(record.read_text().replace("other.py,", "other.py,,#"))
__main__.install(2)
plan = midflight.plan()
verdicts = {entry.name: entry.verdict for entry in plan.distributions}
assert verdicts == {"lib": "restart", "other": "live"} and plan.verdict == "restart", str(plan)
assert midflight.plan(allow="names").verdict == midflight.plan("lib", allow=["lib.gone"]).verdict == "live"
assert midflight.plan(allow="signatures").verdict == "restart"
""",
        [{"lib/__init__.py": "def gone():\n    return 1\n"}, {"lib/__init__.py": "X = 1\n"}],
        extra=[("other", "1", {"other.py": "def f():\n    return 1\n"})],
        files={"user.py": "import lib\n\n\ndef use_name():\n    return lib.gone()\n"},
    )


def test_plan_names_native_holders(run):  # noqa: F811
    """A reference that native code keeps: here one that nothing will ever give back."""
    run(
        INSTALL
        + """
import ctypes
ctypes.pythonapi.Py_IncRef(ctypes.py_object(lib.f))
__main__.install(2)
plan = midflight.plan("lib")
assert [(entry.module, entry.symbol, entry.type, entry.references) for entry in plan.native] == [("lib", "f", "function", 1)], plan.native
assert "held by native code" in str(plan) and "lib.f (a function): 1 reference" in str(plan)
ctypes.pythonapi.Py_DecRef(ctypes.py_object(lib.f))
assert midflight.plan("lib").native == []
assert midflight.upgrade("lib").old_generation == [] and lib.f() == 2
"""
    )


def test_plan_of_bad_input(run):  # noqa: F811
    run(
        INSTALL
        + """
raises(midflight.Error, midflight.plan, 5)
raises(midflight.Error, midflight.plan, "no-such-thing")
raises(midflight.Error, midflight.plan, "lib", allow=[5])
raises(midflight.Error, midflight.plan, "lib", state={"lib.f": "sometimes"})
raises(midflight.Error, midflight.plan, "lib", state={"lib.f": "keep"}, rollback=True)
raises(midflight.Error, midflight.upgrade, "lib", allow="")
raises(TypeError, midflight.plan, "lib", wait=1)
"""
    )


def test_plan_under_load_and_again(run):  # noqa: F811
    """Threads go on calling and making closures and instances while plans are made; then the upgrade is."""
    run(
        INSTALL
        + """
import threading
stop, made = threading.Event(), []
def work():
    while not stop.is_set():
        made.append(lib.C().m() + lib.f())
        del made[:-10]
threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
__main__.install(2)
for _ in range(5):
    plan = midflight.plan("lib")
    assert plan.verdict == "live" and plan.native == [], str(plan)
report = midflight.upgrade("lib", wait=20.0)
stop.set()
for thread in threads:
    thread.join()
assert report.old_generation == [] and lib.f() == 2
"""
    )


NEEDS = [
    {
        "lib/__init__.py": "class A:\n    def __init__(self, host):\n        self.name = host.strip()\n\n\ndef f():\n    return 1\n"
    },
    {
        "lib/__init__.py": "class A:\n    def __init__(self, host):\n        self.name = host.strip()\n        self.url = host + '/'\n\n"
        "    def get(self):\n        return self.url\n\n\ndef f():\n    return 2\n"
    },
    {
        "lib/__init__.py": "class A:\n    def __init__(self, host):\n        self.name = host.strip()\n        self.url = host + '/'\n\n"
        "    def __upgrade__(self, change):\n        self.url = self.name + '/'\n\n"
        "    def get(self):\n        return self.url\n\n\ndef f():\n    return 2\n"
    },
]


def test_plan_asks_for_a_hook_while_instances_exist(run):  # noqa: F811
    """What only an argument can give: no instance, no question; with one a hook is asked for; with the hook it is called."""
    run(
        INSTALL
        + """
__main__.install(2)
plan = midflight.plan("lib")
assert plan.verdict == "live" and plan.reasons == plan.hooks == [], str(plan)
held = lib.A("a")
plan = midflight.plan("lib")
[reason] = plan.reasons
assert (plan.verdict, reason.code, reason.symbol) == ("live with hook", "attributes-added", "A"), str(plan)
assert "__upgrade__" in reason.action and plan.hooks == [] and plan.distributions[0].verdict == "live with hook"
refusal = raises(midflight.UpgradeRefused, midflight.upgrade, "lib")
assert [reason.code for reason in refusal.reasons] == ["attributes-added"] and not hasattr(held, "url")
__main__.install(3)
plan = midflight.plan("lib")
assert plan.verdict == "live with hook" and plan.reasons == [] and [hook.symbol for hook in plan.hooks] == ["A"], str(plan)
assert not hasattr(held, "url")
midflight.upgrade("lib")
assert held.get() == "a/"
""",
        NEEDS,
    )


BLOCKS = [
    {"lib/__init__.py": "def step(a):\n    return a\n\n\ndef loop(queue):\n    while queue.get():\n        step(1)\n"},
    {
        "lib/__init__.py": "def step(a, b):\n    return a\n\n\ndef loop(queue):\n    while queue.get():\n        step(1, 2)\n"
    },
]


def test_plan_names_calls_that_would_block(run):  # noqa: F811
    """A call of a changed function that is under way and cannot go on in the new version: where it is, and why not."""
    run(
        INSTALL
        + """
import queue, threading
source = queue.SimpleQueue()
thread = threading.Thread(target=lib.loop, args=(source,), name="blocks", daemon=True)
thread.start()
source.put(1)
while not source.empty():
    pass
__main__.install(2)
plan = midflight.plan("lib")
[call] = [entry for entry in plan.executing if entry.thread == "blocks"]
assert (call.function, call.line, call.fits, call.file) == ("loop", 6, False, lib.__file__), call
assert "step" in call.cause and f"blocks: loop ({lib.__file__}:6): {call.cause}" in str(plan), str(plan)
assert plan.verdict == "live", str(plan)
refusal = raises(midflight.UpgradeRefused, midflight.upgrade, "lib", wait=0.2)
assert {reason.code for reason in refusal.reasons} <= {"active", "frame"} and vars(lib)["step"](1) == 1
source.put(0)
thread.join()
midflight.upgrade("lib")
assert vars(lib)["step"](1, 2) == 1 and midflight.plan().distributions == []
""",
        BLOCKS,
    )
