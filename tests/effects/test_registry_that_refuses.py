"""prometheus_client's registry raises when a name is registered twice, as the import of a new version does beside the old one.

Refused, and as before; metrics that the application registered itself survive an upgrade of prometheus_client.
"""

import pytest

from tests.packages import steps
from tests.support import program
from tests.support.install import read_tree

pytest.importorskip("midflight._testing")


@pytest.fixture
def client():
    try:
        tree = read_tree(steps.fetch("prometheus_client==0.26.0"))
    except steps.Offline as offline:
        pytest.skip(str(offline))
    return {path: data.decode() for path, data in tree.items() if path.endswith(".py")}


def test_a_package_that_registers_its_metrics(tmp_path, midflight, client):
    metrics = (
        "from prometheus_client import Counter\n\nCALLS = Counter('lib_calls', 'calls')\n\n\ndef f():\n    return {n}\n"
    )
    trees = {
        "prometheus_client": {"1": client},
        "lib": {str(n): {"lib.py": metrics.format(n=n)} for n in (1, 2)},
        "other": {str(n): {"other.py": f"X = {n}\n"} for n in (1, 2)},
    }
    script = """
import contextvars, typing, random
sys.path.append({root!r})
from tests.support.heap import Heap
sys.path.remove({root!r})
import other, lib
from prometheus_client import REGISTRY, Counter
install("other", "2")
midflight.upgrade("other")
own = Counter("own_calls", "calls")
own.inc(3)
lib.CALLS.inc(5)
install("lib", "2")


def attempt():
    heap = Heap()
    try:
        midflight.upgrade("lib")
    except midflight.UpgradeRefused as refused:
        text = [(reason.code, reason.cause) for reason in refused.reasons]
    return text, heap.differences()


text, differences = attempt()
assert [code for code, _ in text] == ["staging-duplicate"] and "Duplicated timeseries" in text[0][1], text
assert "CollectorRegistry.register, which has lib.CALLS of the loaded version already" in text[0][1], text
assert differences == [], differences
assert REGISTRY.get_sample_value("own_calls_total") == 3 and REGISTRY.get_sample_value("lib_calls_total") == 5
lib.CALLS.inc()
assert REGISTRY.get_sample_value("lib_calls_total") == 6 and lib.f() == 1
"""
    assert not program.run(tmp_path, trees, script.format(root=str(program.ROOT)))


HOOK = """
@midflight.while_staging(CollectorRegistry, "register")
def register(original, registry, collector):
    try:
        original(registry, collector)
    except ValueError:  # the loaded version's stands there, and the flip sees to it
        pass
"""


def test_with_a_hook(tmp_path, midflight, client):
    """plan() says that a hook would help; with one it is live: what was counted goes on, what is new is registered."""
    first = """
from prometheus_client import Counter, Gauge

CALLS = Counter("lib_calls", "calls", ["kind"])
IDLE = Gauge("lib_idle", "nobody sets it")


def f():
    CALLS.labels("a").inc()
    return 1
"""
    second = first.replace("return 1", "ERRORS.inc(2)\n    return 2") + 'ERRORS = Counter("lib_errors", "errors")\n'
    trees = {
        "prometheus_client": {"1": client},
        "lib": {"1": {"lib.py": first}, "2": {"lib.py": second}},
    }
    script = """
import contextvars, typing, random
sys.path.append({root!r})
from tests.support.heap import Heap
sys.path.remove({root!r})
import lib
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
lib.f()
held, sample = lib.f, REGISTRY.get_sample_value
install("lib", "2")
plan = midflight.plan("lib")
assert plan.verdict == "live with hook" and [reason.code for reason in plan.reasons] == ["staging-duplicate"], str(plan)
assert "while_staging" in plan.reasons[0].action
{hook}
plan = midflight.plan("lib")
assert plan.verdict == "live" and sample("lib_errors_total") is None, str(plan)


def planned():
    heap = Heap()
    midflight.plan("lib")
    return heap.differences()


assert planned() == []
report = midflight.upgrade("lib")
assert not report.old_generation, report.old_generation
assert CollectorRegistry.register.__name__ == "register" and type(CollectorRegistry.register) is type(held)
assert sample("lib_calls_total", {{"kind": "a"}}) == 1 and sample("lib_errors_total") == 0
assert held() == 2 and sample("lib_calls_total", {{"kind": "a"}}) == 2 and sample("lib_errors_total") == 2
lib.IDLE.set(3)
assert sample("lib_idle") == 3 and b"lib_errors_total 2.0" in generate_latest()
names = [name for collector in (lib.CALLS, lib.IDLE, lib.ERRORS) for name in REGISTRY._collector_to_names[collector]]
assert all(REGISTRY._names_to_collectors[name] in (lib.CALLS, lib.IDLE, lib.ERRORS) for name in names), names
try:
    lib.Counter("lib_errors", "errors")
except ValueError:
    pass
else:
    raise AssertionError("registered twice")
"""
    assert not program.run(tmp_path, trees, script.format(root=str(program.ROOT), hook=HOOK))


def test_the_registry_itself_is_upgraded(tmp_path, midflight, client):
    client2 = {**client, "prometheus_client/__init__.py": client["prometheus_client/__init__.py"] + "\nNEW = 2\n"}
    trees = {"prometheus_client": {"1": client, "2": client2}}
    script = """
import prometheus_client
from prometheus_client import REGISTRY, Counter, Histogram
own, times = Counter("own_calls", "calls", ["kind"]), Histogram("times", "seconds")
own.labels("a").inc(3)
times.observe(0.2)
install("prometheus_client", "2")
report = midflight.upgrade("prometheus_client")
assert prometheus_client.NEW == 2 and REGISTRY is prometheus_client.REGISTRY
assert type(own) is prometheus_client.Counter and not report.old_generation, report.old_generation
own.labels("a").inc()
assert REGISTRY.get_sample_value("own_calls_total", {"kind": "a"}) == 4
assert REGISTRY.get_sample_value("times_count") == 1 and REGISTRY.get_sample_value("python_info", None) is None
assert b"own_calls_total" in prometheus_client.generate_latest()
try:
    Counter("own_calls", "calls")
except ValueError:
    pass
else:
    raise AssertionError("registered twice")
"""
    assert not program.run(tmp_path, trees, script)
