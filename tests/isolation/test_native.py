"""Extension modules that the new version is the first to load: seen by the staging thread alone, there after the flip, and
gone if there is none. tests/isolation/native.c is built here in each of its forms."""

import os
import pathlib
import subprocess
import sysconfig

import pytest

from tests.support.disk import CC

SOURCE = pathlib.Path(__file__).parent / "native.c"
SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
FORMS = {"multi": (), "single": ("-DSINGLE",), "raw": ("-DRAW",), "single_raw": ("-DSINGLE", "-DRAW")}


@pytest.fixture
def build(tmp_path):
    """build(path, name, options): the extension module of that name, below the site directory. Returns its path."""
    include = sysconfig.get_path("include")
    if not pathlib.Path(include, "Python.h").is_file():
        pytest.skip("no headers of this interpreter")

    def build(path, name, *options):
        target = tmp_path / "site" / (path + SUFFIX)
        target.parent.mkdir(parents=True, exist_ok=True)
        define = f'-DNAME="{name}"'
        subprocess.run(
            [*CC, "-shared", "-fPIC", "-O1", "-w", f"-I{include}", define, *options, SOURCE, "-o", target], check=True
        )
        return target

    return build


OLD = "VERSION = 1\nclass Class:\n    def version(self):\n        return 1\n"
NEW = OLD.replace("1", "2") + "import outside.native\nfrom outside.native import Thing, make\n"
OUTSIDE = {"outside": {"1": {"outside/__init__.py": ""}}}
TREES = {
    "lib": {"1": {"lib.py": OLD}, "2": {"lib.py": NEW}, "3": {"lib.py": NEW + "raise OSError('half')\n"}},
    **OUTSIDE,
}
SCRIPT = """
import lib
held = lib.Class()

def modules():
    return [name for name in dict.keys(sys.modules) if name.split(".")[0] in ("lib", "outside")]

def refused(version):
    install("lib", version)
    try:
        midflight.upgrade("lib")
    except midflight.UpgradeRefused as refusal:
        assert held.version() == 1 and modules() == ["lib"], (modules(), refusal)
        return {reason.code for reason in refusal.reasons}
    raise AssertionError("not refused")
"""


@pytest.mark.parametrize("form", FORMS)
def test_loaded_on_trial(run, build, form):
    build("outside/native", "outside.native", *FORMS[form])
    run(
        TREES,
        SCRIPT
        + f"""
RAW = {"RAW" in "".join(FORMS[form])}
assert refused("3") == {{"staging-failed"}}
install("lib", "2")
plan = midflight.plan("lib")
assert plan.verdict == "live" and modules() == ["lib"], plan
report = midflight.upgrade("lib")
native = sys.modules["outside.native"]
assert sorted(modules()) == ["lib", "outside", "outside.native"] + ["outside.native.inner"] * RAW, modules()
assert held.version() == 2 and type(lib.make()) is lib.Class is type(held) and type(lib.Thing()) is native.Thing
assert native.__file__ == native.__spec__.origin == native.__loader__.path and os.path.exists(native.__file__)
assert native.next_count() == 1 and sorted(vars(native.__loader__)) == ["name", "path"]
import outside.native
assert outside.native is native is outside.__dict__["native"]
""",
    )


@pytest.mark.parametrize("form", FORMS)
def test_the_program_loads_it_after_it_was_given_up(run, build, form):
    """Nothing that was given up is in it: not the class of the version that did not win, nor a count that has begun."""
    build("outside/native", "outside.native", *FORMS[form])
    run(
        {
            **TREES,
            "lib": {**TREES["lib"], "3": {"lib.py": NEW + "make(), outside.native.next_count()\\nraise OSError\\n"}},
        },
        SCRIPT
        + """
for _ in range(2):
    assert refused("3") == {"staging-failed"}
install("lib", "1")
import outside.native
assert outside.native.next_count() == 1 and type(outside.native.make()) is lib.Class is type(held)
""",
    )


def test_given_up_again_and_again(run, build):
    """Each time the copy stays in memory: before that is too much, the program has to import it first."""
    os.truncate(build("outside/native", "outside.native"), 100 << 20)
    run(
        TREES,
        SCRIPT
        + """
for _ in range(2):
    assert refused("3") == {"staging-failed"}
install("lib", "2")
try:
    midflight.upgrade("lib")
except midflight.UpgradeRefused as refusal:
    reason, = [reason for reason in refusal.reasons if reason.code == "extension-module"]
    assert "256 MB" in reason.cause and "import it in the program" in reason.action, refusal
else:
    raise AssertionError("not refused")
assert held.version() == 1 and modules() == ["lib"]
""",
    )


def test_of_the_distribution_itself(run, build, tmp_path):
    """A release that gets its first extension module."""
    library = build("../built/native", "lib.native")
    old = {"lib/__init__.py": OLD}
    run(
        {"lib": {"1": old}},
        SCRIPT
        + f"""
import pathlib
new = {{"lib/__init__.py": {(OLD.replace("1", "2") + "from . import native")!r}, "lib/native{SUFFIX}": pathlib.Path({str(library)!r})}}
Site({str(tmp_path / "site")!r}).upgrade("lib", "2", new)
midflight.upgrade("lib")
assert held.version() == 2 and type(lib.native.make()) is lib.Class and lib.native is sys.modules["lib.native"]
""",
    )


REFUSED = {
    "beside itself": ("-Wl,-rpath,$ORIGIN/../libs",),
    "whole process": ("-Wl,-z,global",),
    "every copy": ("-DUNIQUE",),
    "thread-local": ("-DLOCAL=8",),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_a_copy_cannot_be_of(run, build, why):
    """Refused before anything of it is loaded, by name, with what to do; also if the package goes on without it."""
    build("outside/native", "outside.native", *REFUSED[why])
    run(
        {
            **TREES,
            "lib": {
                **TREES["lib"],
                "3": {"lib.py": "VERSION = 3\ntry:\n import outside.native\nexcept ImportError: pass\n"},
            },
        },
        SCRIPT
        + f"""
for version in "23":
    install("lib", version)
    try:
        midflight.upgrade("lib")
    except midflight.UpgradeRefused as refusal:
        reason, = [reason for reason in refusal.reasons if reason.code == "extension-module"]
        assert reason.module == "outside.native" and "import it in the program" in reason.action, refusal
        assert {why!r} in reason.cause and "native" not in open("/proc/self/maps").read(), refusal
    else:
        raise AssertionError("not refused")
    assert held.version() == 1 and modules() == ["lib"]
""",
    )


@pytest.mark.parametrize("content", ["no library", "\x7fELF", "\x7fELF" + "\x02\x01\x01" + "\x00" * 200])
def test_no_library(run, content):
    run(
        {**TREES, "outside": {"1": {"outside/__init__.py": "", "outside/native" + SUFFIX: content}}},
        SCRIPT + 'assert "extension-module" in refused("2")\n',
    )


@pytest.mark.parametrize("form", ["raw", "single_raw"])
def test_that_fails_half_way(run, build, form):
    """What it has written into sys.modules by then does not stay there."""
    build("outside/native", "outside.native", "-DHALF", *FORMS[form])
    run(TREES, SCRIPT + 'assert "staging-failed" in refused("2")\n')


def test_that_makes_no_module(run, build):
    """Py_mod_create may give any object."""
    build("outside/native", "outside.native", "-DOBJECT")
    run(
        TREES,
        SCRIPT
        + """
assert refused("3") == {"staging-failed"}
install("lib", "2")
midflight.upgrade("lib")
import outside.native, types
assert type(outside.native) is types.SimpleNamespace and type(lib.make()) is lib.Class is type(held)
""",
    )


def test_while_libraries_are_loaded_for_all(run, build):
    """The program's own import would be bound to the symbols of a copy that was given up."""
    build("outside/native", "outside.native", "-DCOUNT=")
    run(
        {
            **TREES,
            "lib": {**TREES["lib"], "3": {"lib.py": NEW + "outside.native.next_count()\nraise OSError\n"}},
        },
        SCRIPT
        + """
sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)
assert "extension-module" in refused("3")
install("lib", "1")
import outside.native
assert outside.native.next_count() == 1
""",
    )


def test_too_many(run, build):
    build("outside/native", "outside.native")
    again = "import outside.native, sys\nfor _ in range(1001):\n    del sys.modules['outside.native']\n"
    run(
        {"lib": {"1": {"lib.py": OLD}, "2": {"lib.py": OLD + again + "    import outside.native\n"}}, **OUTSIDE},
        SCRIPT
        + """
install("lib", "2")
try:
    midflight.upgrade("lib")
except midflight.UpgradeRefused as refusal:
    reason, = [reason for reason in refusal.reasons if reason.code == "extension-module"]
    assert "too many extension modules" in reason.cause, refusal
else:
    raise AssertionError("not refused")
""",
    )


@pytest.mark.parametrize("odd", ["", "a"])
def test_whose_path_is_too_long_to_tell(run, odd):
    """The sentence is cut in the middle of a character: the package meets an ImportError all the same."""
    names = [odd + "\u00e9" * 90, *["\u00e9" * 90] * 6]
    new = f"try:\n    import {'.'.join(names)}.native\nexcept ImportError:\n    pass\n"
    run(
        {
            "lib": {"1": {"lib.py": OLD}, "2": {"lib.py": OLD + new}},
            "outside": {"1": {"/".join(names) + "/native" + SUFFIX: "no library"}},
        },
        SCRIPT + 'assert refused("2") == {"extension-module"}\n',
    )
