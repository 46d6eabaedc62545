"""While one thread stages, others import: neither waits for the other, and what they share is not touched."""

import pytest

# The program's meet() is called from the middle of a module's import, by whoever imports it.
MEET = 'import sys\ngetattr(sys.modules["__main__"], "meet", lambda: None)()\n'

LIB = {
    "1": {"lib/__init__.py": "VERSION = 1\n", "lib/slow.py": MEET},
    "2": {"lib/__init__.py": "VERSION = 2\nimport lib.slow\n", "lib/slow.py": MEET},
}

BESIDE = """
staging = midflight._engine.staging
reached, go = threading.Event(), threading.Event()

def meet():
    if staging():
        reached.set()
        assert go.wait(20), "the other thread did not get through while this one was staging"

def beside(function):
    \"\"\"Upgrades lib. While its new version is half imported, another thread calls the function.\"\"\"
    failed = []

    def run():
        try:
            assert reached.wait(20)
            function()
        except BaseException as error:
            failed.append(error)
        finally:
            go.set()

    thread = threading.Thread(target=run)
    thread.start()
    install("lib", "2")
    try:
        return midflight.upgrade("lib")
    finally:
        thread.join()
        assert reached.is_set(), "nothing was staged"
        if failed:
            raise failed[0]
"""


def test_a_lazy_import_does_not_wait_for_the_staging_thread(run):
    run(
        {"lib": LIB},
        BESIDE
        + """
import importlib._bootstrap as bootstrap
import lib

before, loaded = bootstrap._get_module_lock, []

def lazily():
    import lib.slow
    loaded.append(lib.slow)

beside(lazily)
assert loaded and loaded[0].__name__ == "lib.slow" and lib.VERSION == 2
assert bootstrap._get_module_lock is before
assert not [name for name in bootstrap._module_locks if "lib" in name]
""",
    )


def test_what_everybody_shares_is_waited_for_as_ever(run):
    """A module of the standard library that another thread has half loaded is complete when the stager gets it."""
    run(
        {"lib": {"1": {"lib.py": "VERSION = 1\n"}, "2": {"lib.py": MEET + "import colorsys\nX = colorsys.END\n"}}},
        BESIDE
        + """
import importlib.abc, importlib.util
import lib

class Slow(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name == "colorsys" else None
    def exec_module(self, module):
        half.set()
        time.sleep(0.2)  # the stager comes here meanwhile, or not: either way it must get the whole module
        module.END = "whole"

half = threading.Event()
sys.meta_path.insert(0, Slow())

def load():
    other = threading.Thread(target=lambda: __import__("colorsys"))
    other.start()
    assert half.wait(20)

beside(load)
assert lib.X == "whole"
""",
    )


def test_paths_finders_and_caches_are_not_touched(run):
    """As another thread sees them while staging is under way, and that thread's own imports go by them."""
    files = {"lib/__init__.py": "", "lib/slow.py": MEET, "lib/deep/__init__.py": "", "lib/deep/er.py": "X = 2\n"}
    new = {**files, "lib/__init__.py": "import lib.deep.er\nimport fresh.sub\nimport lib.slow\n"}
    run(
        {
            "lib": {"1": files, "2": new},
            "fresh": {"1": {"fresh/__init__.py": "", "fresh/sub.py": ""}},
            "own": {"1": {"own.py": ""}},
        },
        BESIDE
        + """
import importlib.machinery
import lib

def shared():
    finder = importlib.machinery.PathFinder
    cache = sys.path_importer_cache
    return {
        "lists": [(id(x), list(x)) for x in (sys.path, sys.meta_path, sys.path_hooks, lib.__path__)],
        "cache": (id(cache), {key: id(value) for key, value in cache.items()}),
        "folders": {key: getattr(value, "_path_cache", None) and set(value._path_cache) for key, value in cache.items()},
        "modules": {name: id(module) for name, module in sys.modules.items()},
        "sys": {key: id(value) for key, value in vars(sys).items()},
    }

def look():
    now = shared()
    for key in before:
        assert now[key] == before[key], (key, before[key], now[key])
    assert importlib.machinery.PathFinder.find_spec("lib").origin == lib.__file__
    import own
    assert "fresh" not in sys.modules and not hasattr(lib, "deep")

before = shared()
original = dict(vars(importlib.machinery.PathFinder))
report = beside(look)
assert lib.deep.er.X == 2 and "fresh.sub" in sys.modules
assert dict(vars(importlib.machinery.PathFinder)) == original
""",
    )


def test_what_an_install_brought_is_found_after_the_flip(run):
    """The finders of the live path had looked at the folder before: they look again."""
    run(
        {"lib": {"1": {"lib/__init__.py": ""}, "2": {"lib/__init__.py": "X = 2\n", "lib/late.py": "X = 2\n"}}},
        """
sys.dont_write_bytecode = True  # a folder for it would change the time of the package's folder
import lib
times = os.stat(lib.__path__[0])
try:
    import lib.late
except ImportError:
    pass
install("lib", "2")
os.utime(lib.__path__[0], ns=(times.st_atime_ns, times.st_mtime_ns))  # as if all had happened in one tick of the clock
midflight.upgrade("lib")
import lib.late
assert lib.late.X == lib.X == 2
""",
    )


def test_a_module_under_another_top_level_name_is_one_module(run):
    """The package puts itself there when it is imported; so does its new version while it is staged."""
    alias = "import sys\nsys.modules['another_name'] = sys.modules[__name__]\nX = %d\n"
    run(
        {
            "lib": {
                n: {"lib/__init__.py": alias % int(n), "lib/sub.py": f"import another_name\nX = {n}\n"} for n in "12"
            }
        },
        """
import lib.sub, another_name
install("lib", "2")
midflight.plan("lib")
assert sys.modules["another_name"].X == 1
midflight.upgrade("lib")
assert another_name is lib is sys.modules["another_name"] is lib.sub.another_name and another_name.X == 2 == lib.sub.X
""",
    )


def test_another_dict_in_the_place_of_sys_modules_is_refused(run):
    """Python code would look into one dict, and the import of C code into another."""
    run(
        {"lib": {n: {"lib.py": f"X = {n}\n"} for n in "12"}},
        """
import lib
original = sys.modules
sys.modules = dict(original)
install("lib", "2")
try:
    midflight.upgrade("lib")
except midflight.UpgradeRefused as refusal:
    assert "sys.modules is not" in str(refusal)
else:
    raise AssertionError("it was made")
assert lib.X == 1
sys.modules = original
midflight.upgrade("lib")
assert lib.X == 2
""",
    )


LAZY = """
    import importlib.util, sys
    spec = importlib.util.find_spec("lib.sub")
    spec.loader = importlib.util.LazyLoader(spec.loader)
    sub = sys.modules["lib.sub"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sub)
    X = {n}
    """


@pytest.mark.parametrize("used", [True, False])
def test_a_lazy_module_is_executed_if_the_old_one_was(run, used):
    run(
        {
            "lib": {
                n: {"lib/__init__.py": LAZY.replace("{n}", n), "lib/sub.py": f"def f(): return {n}\nLOADED = True\n"}
                for n in "12"
            }
        },
        f"""
import lib
def is_lazy():
    return type(sys.modules["lib.sub"]).__name__ == "_LazyModule"
used = {used}
held = lib.sub.f if used else None
install("lib", "2")
midflight.plan("lib")
midflight.upgrade("lib")
assert lib.X == 2 and is_lazy() is not used
assert lib.sub.f() == 2 and (not used or held is lib.sub.f)
""",
    )


def test_what_is_put_into_the_standard_library_that_staging_is_the_first_to_import(run):
    """The module is everybody's from then on; what the new version puts into it comes with the flip, and not before."""
    new = """
import colorsys, sched
VERSION = 2
colorsys.own_hsv, sched.own_run = colorsys.rgb_to_hsv, sched.scheduler.run
def rgb_to_hsv(*rgb):
    return colorsys.own_hsv(*rgb)
def run(self):
    return VERSION
class Added:
    pass
colorsys.rgb_to_hsv, sched.scheduler.run, sched.Added = rgb_to_hsv, run, Added
"""
    run(
        {
            "lib": {
                "1": {"lib.py": "VERSION = 1\n"},
                "2": {"lib.py": new},
                "3": {"lib.py": new + "raise OSError('half')\n"},
            }
        },
        """
import lib
install("lib", "3")
assert "sched" not in sys.modules and "colorsys" not in sys.modules
for attempt in "refused", "planned":
    try:
        midflight.upgrade("lib") if attempt == "refused" else midflight.plan("lib")
        assert attempt == "planned"
    except midflight.UpgradeRefused as refusal:
        assert [reason.code for reason in refusal.reasons] == ["staging-failed"], refusal
    import colorsys, sched
    assert colorsys.rgb_to_hsv(1, 1, 1) == (0.0, 0.0, 1) and colorsys.rgb_to_hsv.__module__ == "colorsys"
    assert sched.scheduler().run() is None and sched.scheduler.run.__module__ == "sched"
    assert not hasattr(sched, "Added") and "exec_module" not in vars(sched.__loader__)
    for name in "own_hsv", "own_run":
        assert not hasattr(colorsys, name) and not hasattr(sched, name)
    if attempt == "refused":
        del sys.modules["sched"], sys.modules["colorsys"]
        install("lib", "2")
del sys.modules["sched"], sys.modules["colorsys"]
midflight.upgrade("lib")
import colorsys, sched
assert lib.VERSION == 2 and colorsys.rgb_to_hsv is lib.rgb_to_hsv and colorsys.rgb_to_hsv(1, 1, 1) == (0.0, 0.0, 1)
assert sched.scheduler().run() == 2 and sched.Added is lib.Added
""",
    )
