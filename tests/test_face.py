"""The Python side of midflight: light to import, and records that behave as named tuples do."""

import copy
import pickle
import subprocess
import sys

import midflight
import pytest


def test_import_brings_nothing_along():
    """What midflight imports is paid for by every process that uses it, and is loaded for good."""
    code = "import sys; before = set(sys.modules); import midflight; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"collections", "dataclasses", "enum", "functools", "importlib", "inspect", "re", "typing", "warnings"}
    assert not heavy & set(done.stdout.split())


def test_records():
    status = midflight.Status("lib", "1.0", installed="2.0", stale=True)
    assert status == ("lib", "1.0", "2.0", True) and status.installed == "2.0" and status[3] is status.stale
    assert repr(status) == "Status(name='lib', loaded='1.0', installed='2.0', stale=True)"
    assert status._asdict() == {"name": "lib", "loaded": "1.0", "installed": "2.0", "stale": True}
    assert status._replace(stale=False) == ("lib", "1.0", "2.0", False)
    assert pickle.loads(pickle.dumps(status)) == copy.copy(status) == status
    assert type(copy.deepcopy(status)) is midflight.Status and hash(status) == hash(tuple(status))
    match status:
        case midflight.Status(name, loaded):
            assert (name, loaded) == ("lib", "1.0")
    with pytest.raises(AttributeError):
        status.name = "other"
    with pytest.raises(AttributeError):
        status.other = 1


@pytest.mark.parametrize(
    "values, named", [((1, 2), {}), ((1, 2, 3, 4), {}), ((1, 2, 3), {"name": 1}), ((1,), {"x": 1})]
)
def test_records_take_each_value_once(values, named):
    with pytest.raises(TypeError):
        midflight.Change(*values, **named)


HUGE, ODD = 10**400, type("Odd", (), {"__repr__": lambda self: 1 / 0})()


@pytest.mark.parametrize(
    "options", [{"wait": HUGE}, {"limit": -HUGE}, {"rehearse": HUGE}, {"wait": ODD}, {"keep": ODD}]
)
@pytest.mark.parametrize("call", [midflight.upgrade, midflight.rollback])
def test_no_number_is_too_odd_to_be_told(call, options):
    if call is midflight.rollback and not options.keys() <= {"wait", "keep"}:
        pytest.skip("no option of rollback()")
    with pytest.raises(midflight.Error, match="must be"):
        call("pytest", **options)


@pytest.mark.parametrize("allow", [5, None, [ODD], ["x", 1]])
def test_what_is_allowed_is_named(allow):
    for call in (
        midflight.upgrade,
        midflight.plan,
        midflight.rollback,
        lambda *names, allow: midflight.reload_module("pytest", allow=allow),
    ):
        with pytest.raises(midflight.Error, match="allow takes"):
            call("pytest", allow=allow)


@pytest.mark.parametrize("name", ["lib\0", "\ud800", "../lib", "lib ", "lib==2", "x" * 10_000 + "!"])
def test_what_is_no_name_of_a_distribution(name):
    for call in (midflight.upgrade, midflight.plan, midflight.rollback, midflight.confirm):
        with pytest.raises(midflight.Error, match="is no name of a distribution") as caught:
            call(name)
        assert len(str(caught.value)) < 500


def test_a_relative_name_is_no_module():
    with pytest.raises(midflight.Error, match="whole name"):
        midflight.reload_module(".pytest")
