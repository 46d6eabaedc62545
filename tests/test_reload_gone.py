"""reload_module() of what is not there any more."""

import pytest

from tests.support import program


@pytest.fixture
def run(tmp_path, midflight):
    return lambda script: program.run(
        tmp_path,
        {"lib": {"1": {"lib/__init__.py": "X = 1\n", "lib/old.py": ""}, "2": {"lib/__init__.py": "X = 2\n"}}},
        script,
    )


def test_a_module_of_the_working_directory(run):
    run("""
import pathlib, importlib
sys.path.insert(0, os.getcwd())
source = pathlib.Path("own.py")
source.write_text("def f(): return 1\\n")
own = midflight.reload_module("own")
source.unlink()
for name in ("own", "nowhere"):
    try:
        midflight.reload_module(name)
    except ModuleNotFoundError as error:
        assert error.name == name
    else:
        raise AssertionError("it is not there")
assert sys.modules["own"] is own and own.f() == 1
package = pathlib.Path("own")
package.mkdir()
(package / "__init__.py").write_text("def f(): return 22\\n")
held = own.f
assert midflight.reload_module("own").f is held and held() == 22
""")


def test_a_module_that_the_new_version_does_not_have(run):
    run("""
import lib.old
install("lib", "2")
try:
    midflight.reload_module("lib.old")
except ModuleNotFoundError as error:
    assert error.name == "lib.old"
else:
    raise AssertionError("it is not there")
assert lib.X == 2 and not hasattr(lib, "old")
""")
