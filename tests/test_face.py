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
