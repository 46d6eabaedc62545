"""selftest: this interpreter is known, the test can be repeated without leaving anything, and what it must refuse it refuses."""

import ctypes
import gc
import os
import subprocess
import sys
import textwrap
import types

import pytest

from tests.support.isolated import isolated

testing = pytest.importorskip("midflight._testing")


@isolated
def test_this_interpreter_is_known():
    assert testing.selftest() is None and testing.live() is None


@isolated
def test_nothing_is_left():
    for _ in range(20):
        testing.selftest()
    gc.collect()
    objects, total = len(gc.get_objects()), getattr(sys, "gettotalrefcount", int)()
    for _ in range(100):
        testing.selftest()
    gc.collect()
    assert len(gc.get_objects()) <= objects + 2
    assert getattr(sys, "gettotalrefcount", int)() - total < 50


@isolated
def test_a_subinterpreter_forbids_upgrades_while_it_lives():
    interpreters = pytest.importorskip("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    other = interpreters.create()
    assert "subinterpreter" in testing.live()
    interpreters.destroy(other)
    assert testing.live() is None


@isolated
def test_a_subinterpreter_cannot_import_it():
    interpreters = pytest.importorskip("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    script = """
    import sys
    sys.path[:] = {path}
    try:
        import midflight
    except ImportError as error:
        answer = str(error)
    else:
        answer = "imported"
    with open("/dev/fd/{number}", "w") as file:
        file.write(answer)
    """
    read, write = os.pipe()
    other = interpreters.create()
    interpreters.run_string(other, textwrap.dedent(script).format(path=sys.path, number=write))
    assert b"interpreter" in os.read(read, 1000)


GREENLETS = '''
import sys, types
class greenlet:
    """As the package's class is made, as far as is looked at."""
    def __bool__(self):
        return True
    parent = None
module = types.ModuleType("greenlet")
module.greenlet = greenlet
sys.modules["greenlet"] = module
held = greenlet()
import midflight._testing as testing
assert "greenlet" in testing.live(), testing.live()
del sys.modules["greenlet"]
assert testing.live() is None
'''


def test_a_greenlet_that_is_not_known_forbids_upgrades():
    subprocess.run([sys.executable, "-c", GREENLETS], check=True, timeout=60)


@isolated
@pytest.mark.parametrize("name", ["implementation", "gettotalrefcount", "getobjects"])
def test_another_build_is_refused_by_name(name):
    """The build that sys pretends to be."""
    if name == "implementation":
        sys.implementation = types.SimpleNamespace(name="other")
    elif name == "getobjects":
        sys.getobjects = None
    elif hasattr(sys, name):
        del sys.gettotalrefcount
    else:
        sys.gettotalrefcount = None
    with pytest.raises(ImportError, match="midflight works with regular builds of CPython"):
        testing.selftest()


@isolated
@pytest.mark.parametrize("reported", ["nothing", "itself"])
def test_attributes_reported_in_another_way_are_refused(reported):
    """As if a patch release had dicts that report something else of the attributes of their instances."""
    word = ctypes.c_void_p.from_address(id(dict) + object.__basicsize__ + 21 * 8)
    known = word.value
    slot = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_int)(("PyType_GetSlot", ctypes.pythonapi))
    assert known == slot(dict, 71)  # Py_tp_traverse
    visit_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    def traverse(thing, visit, argument):
        return visit_type(visit)(thing, argument) if reported == "itself" else 0

    gc.disable()
    word.value = ctypes.cast(traverse, ctypes.c_void_p).value
    try:
        with pytest.raises(ImportError, match="who reports their attributes"):
            testing.selftest()
    finally:
        word.value = known
    assert testing.selftest() is None


@isolated
@pytest.mark.parametrize("kind", [types.FunctionType, set, types.GeneratorType, types.CodeType])
def test_a_size_that_is_not_known_is_refused(kind):
    """As if this CPython had a larger object than the one we were compiled for."""
    offset = object.__basicsize__ + 8 + 8  # ob_base of a variable object, tp_name, then tp_basicsize
    size = ctypes.c_ssize_t.from_address(id(kind) + offset)
    assert size.value == kind.__basicsize__
    size.value += 8
    try:
        with pytest.raises(ImportError, match="layout"):
            testing.selftest()
    finally:
        size.value -= 8
    assert testing.selftest() is None
