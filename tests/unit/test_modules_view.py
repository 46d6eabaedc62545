"""modules: one thread sees the new generation in sys.modules, all others what is really loaded, by every way to ask."""

import collections.abc
import copy
import ctypes
import importlib
import sys
import threading
import types

import pytest

from tests.support.isolated import isolated

testing = pytest.importorskip("midflight._testing")


class Setting:
    def __init__(self):
        self.old, self.new, self.extra = (types.ModuleType(name) for name in ("lib", "lib", "extra"))
        sys.modules["lib"], sys.modules["extra"] = self.old, self.extra
        self.before = dict(sys.modules)
        assert testing.view_begin({"lib"}, {})
        assert not testing.view_begin({"lib"}, {}), "one view at a time"


def elsewhere(function):
    """Calls in another thread; its exception here."""
    raised = []

    def run():
        try:
            function()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


@isolated
def test_the_staging_thread_reads_its_own():
    setting = Setting()
    modules, before = sys.modules, setting.before
    assert "lib" not in modules and modules.get("lib") is None and "sys" in modules
    modules["lib"] = setting.new
    assert modules["lib"] is setting.new and sys.modules is modules
    assert (
        len(modules)
        == len(list(modules))
        == len(modules.keys())
        == len(modules.items())
        == len(modules.values())
        == len(before)
    )
    assert modules == modules.copy() == dict(modules) == {**modules} and modules != before and before != modules
    assert "lib" in list(reversed(modules)) and "lib" in repr(modules)
    assert (
        copy.copy(modules) == modules and type(copy.copy(modules)) is type(modules | {}) is type(modules.copy()) is dict
    )
    assert modules.__reduce_ex__(4)[0] is dict and modules.__reduce__()[1][0] == modules
    assert isinstance(modules, collections.abc.MutableMapping) and isinstance(modules.__sizeof__(), int)
    assert modules.fromkeys("ab") == {"a": None, "b": None}
    match modules:
        case {"lib": found}:
            assert found is setting.new
    staged, hidden = testing.view_end()
    assert staged == {"lib": setting.new} and hidden == set()
    assert sys.modules is modules and type(modules) is dict and modules == before and modules["lib"] is setting.old


@isolated
def test_the_staging_thread_writes_its_own():
    setting = Setting()
    modules, new = sys.modules, setting.new
    modules.update({"lib.a": new})
    modules.update(lib=new)
    modules |= {"lib.b": new}
    modules.update([("lib.c", new)])
    assert modules is sys.modules and {"lib", "lib.a", "lib.b", "lib.c"} <= set(modules) and "lib.b" in ({} | modules)
    assert modules.setdefault("lib.d", new) is new and modules.setdefault("lib.d", None) is new
    assert modules.pop("lib.d") is new and modules.pop("lib.d", 5) == 5
    key, _ = modules.popitem()
    assert key not in modules
    for call in (lambda: modules["no"], lambda: modules.pop("no"), lambda: modules.__delitem__("no")):
        with pytest.raises(KeyError):
            call()
    for call in (lambda: type(modules)(), lambda: modules[[]], lambda: hash(modules), lambda: modules.get()):
        with pytest.raises(TypeError):
            call()
    assert modules.pop("extra") is setting.extra and "extra" not in modules
    staged, hidden = testing.view_end()
    assert {"lib", "lib.a", "lib.b"} <= set(staged) | {key} and hidden == {"extra"}
    assert modules == setting.before, "something there before was changed"


@isolated
def test_what_was_deleted_can_come_back():
    setting = Setting()
    extra = sys.modules.pop("extra")
    sys.modules["extra"] = extra
    assert sys.modules["extra"] is extra
    staged, _ = testing.view_end()
    assert staged == {"extra": extra} and sys.modules == setting.before


@isolated
def test_the_staging_thread_may_clear_all():
    setting = Setting()
    sys.modules["lib"] = setting.new
    sys.modules.clear()
    assert len(sys.modules) < 3 and "lib" not in sys.modules
    sys.modules.update(setting.before)
    elsewhere(lambda: check_real(setting))
    testing.view_end()
    assert sys.modules == setting.before


def check_real(setting):
    modules, before = sys.modules, setting.before
    assert modules["lib"] is setting.old and "lib.a" not in modules and modules.get("dep") is None
    assert (
        len(modules) == len(before)
        and list(modules) == list(before)
        and list(reversed(modules)) == list(reversed(before))
    )
    assert dict(modules) == {**modules} == modules.copy() == copy.copy(modules) == modules | {} == modules == before
    assert sum(1 for _ in modules.items()) == len(before)
    assert modules.setdefault("lib", 5) is setting.old and modules.pop("no", 7) == 7


@isolated
def test_other_threads_see_and_write_what_is_real():
    setting = Setting()
    sys.modules["lib"] = sys.modules["lib.a"] = setting.new
    elsewhere(lambda: check_real(setting))

    def write():
        modules = sys.modules
        modules["late"] = setting.old
        modules |= {"late2": setting.old}
        modules.update(late3=setting.old)
        assert modules["late2"] is setting.old
        del modules["late3"]

    elsewhere(write)
    assert "late" not in sys.modules and "late2" not in sys.modules
    staged, _ = testing.view_end()
    assert sorted(staged) == ["lib", "lib.a"]
    assert sys.modules == {**setting.before, "late": setting.old, "late2": setting.old}


@isolated
def test_imports_go_by_the_thread(tmp_path):
    (tmp_path / "fresh.py").write_text("V = 1\n")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    setting = Setting()
    sys.modules["lib"] = setting.new
    import this  # of the standard library: published at once

    import fresh
    import lib

    assert lib is setting.new and importlib.import_module("lib") is lib and __import__("lib") is lib

    def other():
        import lib as real

        assert real is setting.old and "fresh" not in sys.modules and sys.modules["this"] is this
        import fresh as own

        assert own is not fresh

    elsewhere(other)
    assert sys.modules["fresh"] is fresh
    staged, _ = testing.view_end()
    assert staged == {"lib": setting.new, "fresh": fresh}
    assert sys.modules["fresh"] is not fresh and sys.modules["this"] is this


@isolated
def test_a_modules_dict_of_another_kind_is_left_alone():
    class Modules(dict):
        pass

    modules = Modules()
    ctypes.c_void_p.from_address(id(sys.modules) + object.__basicsize__ - 8).value = id(Modules)
    assert type(sys.modules) is Modules
    try:
        assert not testing.view_begin({"lib"}, {})
    finally:
        ctypes.c_void_p.from_address(id(sys.modules) + object.__basicsize__ - 8).value = id(dict)
    with pytest.raises(RuntimeError):
        testing.view_end()
    assert modules == {}
