"""Packages that are not upgraded, and modules outside that are first imported while staging: who sees what, and when."""

BESIDE = """
staging = midflight._engine.staging
reached, go = threading.Event(), threading.Event()

def meet():
    if staging():
        reached.set()
        assert go.wait(20), "the other thread did not get through while this one was staging"

def upgrade_beside(name, function):
    \"\"\"Upgrades. In the middle of the import of the new version another thread calls the function.\"\"\"
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
    try:
        return midflight.upgrade(name)
    finally:
        thread.join()
        assert reached.is_set(), "nothing was staged"
        reached.clear()
        go.clear()
        if failed:
            raise failed[0]

def refused(name, function, code="staging-failed"):
    try:
        upgrade_beside(name, function)
    except midflight.UpgradeRefused as refusal:
        assert [reason.code for reason in refusal.reasons] == [code], refusal
    else:
        raise AssertionError("not refused")
"""
MEET = 'import sys\nsys.modules["__main__"].meet()\n'

# What the new version of spread.deep.one sees of its parents while it is imported.
SEES = """
import sys, types
import spread, spread.deep
import spread.deep.one.sub
import spread.deep.two
from spread import other, deep
from spread.deep import one, two, near
from . import sub
me = sys.modules[__name__]
assert spread.deep is deep is sys.modules["spread.deep"] and one is me and not hasattr(deep, "one")
assert two is sys.modules["spread.deep.two"] is deep.two and sub is me.sub is sys.modules["spread.deep.one.sub"]
assert other.MARK == "other" and near.MARK == "near" and near.one_version() == 1
assert type(deep.__path__) is type(spread.__path__) is list, type(deep.__path__)
assert isinstance(deep, types.ModuleType) and deep.__name__ == "spread.deep" and "near" in dir(deep)
import pkgutil
assert {m.name for m in pkgutil.iter_modules(deep.__path__)} >= {"one", "two", "near"}
"""
SPREAD = {
    "1": {"spread/deep/one/__init__.py": "VERSION = 1\n", "spread/deep/one/sub.py": "VERSION = 1\n"},
    "2": {
        "spread/deep/one/__init__.py": "VERSION = 2\n" + SEES + MEET + "def parents():\n    return spread, deep, two\n",
        "spread/deep/one/sub.py": "VERSION = 2\n",
        "spread/deep/two.py": "VERSION = 2\n",
    },
}
SPREAD["3"] = {**SPREAD["2"], "spread/deep/one/__init__.py": "VERSION = 3\n" + SEES + MEET + "raise OSError('half')\n"}
OTHERS = {
    "1": {
        "spread/other.py": "MARK = 'other'\n",
        "spread/deep/near.py": "MARK = 'near'\nimport spread.deep.one\n"
        "def one_version():\n    return spread.deep.one.VERSION\n",
    }
}


def test_namespace_packages_at_two_levels(run):
    """Staged submodules are in them for the staging thread, and for nobody else before the flip."""
    near = OTHERS["1"]["spread/deep/near.py"].replace("spread.deep.one.VERSION", "ONE.VERSION")
    others = {"1": {**OTHERS["1"], "spread/deep/near.py": near + "ONE = spread.deep.one\n"}}
    run(
        {"dist-one": SPREAD, "dist-others": others},
        BESIDE
        + """
import types
import spread.deep.one.sub, spread.deep.near, spread.other
old, deep = spread.deep.one, spread.deep

def shared():
    packages = spread, spread.deep
    return [(type(p.__path__), list(p.__path__), dict(vars(p))) for p in packages]

before = shared()

def look():
    assert spread.deep is deep and deep.one is old and spread.deep.one.VERSION == 1 == sys.modules["spread.deep.one"].VERSION
    assert not hasattr(spread.deep, "two") and "spread.deep.two" not in sys.modules
    assert shared() == before
    import spread.deep.one as again
    from spread.deep import one
    assert again is one is old

install("dist-one", "3")
refused("dist-one", look)
look()
assert type(spread) is type(deep) is types.ModuleType
install("dist-one", "2")
upgrade_beside("dist-one", look)
assert spread.deep is deep and deep.one is sys.modules["spread.deep.one"] is old and deep.one.VERSION == 2  # what the program held has followed
assert deep.one.parents() == (spread, deep, deep.two) and spread.deep.near.one_version() == 2
assert type(spread) is type(deep) is types.ModuleType and type(deep.__path__) is before[1][0]
import spread.deep.one as again
assert again is deep.one and deep.one.sub.VERSION == 2
""",
    )


def test_a_package_of_another_distribution(run):
    """host belongs to one distribution, host.plug to another: only that one is staged."""
    plug = (
        "import host\nimport host.plug.part as part\nfrom . import part as again\nassert part is again\nVERSION = {n}\n"
    )
    trees = {
        n: {
            "host/plug/__init__.py": plug.replace("{n}", n) + (MEET if n != "1" else ""),
            "host/plug/part.py": f"VERSION = {n}\n",
        }
        for n in "123"
    }
    trees["3"]["host/plug/__init__.py"] += "import host.absent\n"
    run(
        {"plug": trees, "host": {"1": {"host/__init__.py": "HOST = object()\n"}}},
        BESIDE
        + """
import host, host.plug
old, mark, before = host.plug, host.HOST, dict(vars(host))

def look():
    assert host.plug is old is sys.modules["host.plug"] and vars(host) == before

install("plug", "3")
refused("plug", look)
look()
install("plug", "2")
upgrade_beside("plug", look)
assert host.HOST is mark and host.plug is sys.modules["host.plug"] is old and host.plug.VERSION == 2
assert host.plug.part.VERSION == 2 and host is sys.modules["host"]
""",
    )


def test_outside_modules_that_are_first_imported_while_staging(run):
    """They are the stager's until the flip, bind to the version that wins, and are gone if there is none."""
    old = {"lib/__init__.py": "VERSION = 1\ndef function():\n    return 1\n"}
    new = {
        "lib/__init__.py": "VERSION = 2\ndef function():\n    return 2\nimport addon, pack.sub.deeper\n"
        "assert addon.function is function and pack.sub.deeper.pack is pack\n" + MEET
    }
    half = {"lib/__init__.py": new["lib/__init__.py"] + "raise OSError('half')\n"}
    outside = {
        "addon.py": "from lib import function\n",
        "pack/__init__.py": "LIST = []\n",
        "pack/sub/__init__.py": "",
        "pack/sub/deeper.py": "import pack\n",
    }
    run(
        {"lib": {"1": old, "2": new, "3": half}, "outside": {"1": outside}},
        BESIDE
        + """
import lib, pack
before, modules = dict(vars(pack)), set(sys.modules)

def look():
    assert dict(vars(pack)) == before and not hasattr(pack, "sub")
    assert not {name for name in set(sys.modules) - modules if name.startswith(("addon", "pack", "lib"))}

install("lib", "3")
refused("lib", look)
look()
import addon
assert addon.function is lib.function and addon.function() == 1
del sys.modules["addon"]
del addon
install("lib", "2")
upgrade_beside("lib", look)
assert lib.function() == 2 and sys.modules["addon"].function is lib.function
assert pack.sub.deeper is sys.modules["pack.sub.deeper"] and pack.sub.deeper.pack is pack
import pack.sub.deeper as again
assert again is pack.sub.deeper
""",
    )
