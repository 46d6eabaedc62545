"""sys.path: the model of what site yields, against fresh interpreters; and the three-way merge, against its own rules.

Both are src/disk without Python, asked through disk_probe.c.
"""

import json
import os
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.disk import Probe, write

NO_SITE, NO_USER_SITE, IGNORE_ENV, SAFE_PATH, ISOLATED = (1 << n for n in range(5))
HIDDEN, OLD = 2, 4
EXAMPLES = int(os.environ.get("MIDFLIGHT_PATH_EXAMPLES", "30"))  # each takes a fresh interpreter or two


# ---- the model ----


@pytest.fixture(scope="module")
def plain(programs):
    return Probe(programs["plain"])


@pytest.fixture(scope="module")
def sanitized(programs):
    return Probe(programs.get("sanitized", programs["plain"]))


@pytest.fixture(scope="module")
def base():
    """Facts about the installation that the tests run in, and how its site module reads .pth files."""
    code = (
        "import sys, site, inspect, json; source = inspect.getsource(site);"
        "import sysconfig; debian = 'deb_system' in sysconfig.get_scheme_names();"
        "print(json.dumps([debian, sys.base_prefix, sys.platlibdir, 'startswith(\".\")' in source, 'utf-8-sig' in source, sys._base_executable]))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    debian, prefix, platlibdir, skips, modern, executable = json.loads(done.stdout)
    if platlibdir != "lib" or debian:
        pytest.skip("this distribution of Python lays its site directories out in another way")
    return prefix, (0 if skips else HIDDEN) | (0 if modern else OLD), executable


class World:
    """An environment with or without the installation's packages, a home, and folders to name."""

    def __init__(self, folder, base):
        self.folder, (self.prefix, self.scan, self.base_executable) = folder, base
        self.version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        self.home = folder / "home"
        self.site = folder / f"venv/lib/python{self.version}/site-packages"
        self.user = self.home / f".local/lib/python{self.version}/site-packages"
        for path in (
            self.site,
            self.home,
            folder / "work",
            folder / "bin",
            *(folder / f"extra/{name}" for name in "abc"),
        ):
            path.mkdir(parents=True)
        command = [self.base_executable, "-m", "venv", "--without-pip", folder / "venv"]
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    def configure(self, system):
        config = self.folder / "venv/pyvenv.cfg"
        lines = [line for line in config.read_text().splitlines() if "include-system" not in line]
        config.write_text("\n".join([*lines, f"include-system-site-packages = {system}"]) + "\n")

    def environment(self, python_path, user_base=None):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LD_PRELOAD", "ASAN"))}
        extra = {"HOME": str(self.home), **({"PYTHONPATH": python_path} if python_path is not None else {})}
        return kept | extra | ({"PYTHONUSERBASE": user_base} if user_base else {})

    def fresh(self, python, options, env):
        code = "import sys, json; print(json.dumps([p if isinstance(p, str) else None for p in sys.path]))"
        command = [python, *options, "-c", code]
        done = subprocess.run(command, cwd=self.folder / "work", env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def model(self, probe, python, flags, python_path, user_base=None):
        words = [f"executable={python}", f"base={self.prefix}", f"version={self.version}", f"home={self.home}"]
        words += [f"flags={flags}", f"scan={self.scan}"]
        words += [f"path={python_path}"] if python_path is not None else []
        words += [f"userbase={user_base}"] if user_base else []
        return [answer["path"] for answer in probe.run("fresh", *words, cwd=self.folder / "work")]


@pytest.fixture(scope="module")
def world(tmp_path_factory, base):
    return World(tmp_path_factory.mktemp("world"), base)


OPTIONS = {(): 0, ("-S",): NO_SITE, ("-s",): NO_USER_SITE, ("-E",): IGNORE_ENV, ("-P",): SAFE_PATH, ("-I",): ISOLATED}
LINES = [
    "{extra}/a", "{extra}/b", "../extra/./c", "{extra}/none", "{extra}//a", "{extra}/a  ", "# {extra}/b", "", "  ",
    "import sys", "import os; x = 1", "{site}", "{user}", ".", "\ufeff{extra}/a", "{extra}/b\x0c{extra}/c", "{extra}/a\r",
    "import sys; sys.__plen = len(sys.path)",
    "import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); "
    "sys.path[p:p]=new; sys.__egginsert = p+len(new)",
]  # fmt: skip
PTHS = st.dictionaries(
    st.sampled_from(["a.pth", "b.pth", ".hidden.pth", "z.pth", "easy-install.pth"]),
    st.tuples(st.lists(st.sampled_from(LINES[:17]), max_size=5), st.sampled_from(["raw", "rewrite"]), st.booleans()),
    max_size=3,
)
PYTHON_PATHS = st.one_of(
    st.none(),
    st.lists(st.sampled_from(["{extra}/a", "", "here", "./here", "{site}", "{extra}/b/../c", "{extra}/none", "{extra}/a/"]), min_size=1, max_size=4),
)  # fmt: skip


def put_pths(world, folder, pths):
    for old in folder.glob("*.pth"):
        old.unlink()
    for name, (lines, style, ends) in pths.items():
        lines = [*LINES[17:18], *lines, *LINES[18:]] if style == "rewrite" else lines
        text = "\n".join(lines) + ("\n" if ends else "")
        text = text.format(extra=world.folder / "extra", site=world.site, user=world.user)
        write(folder / name, text.encode())


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    options=st.sampled_from(sorted(OPTIONS)), system=st.sampled_from(["true", "false"]), inside=st.booleans(),
    pths=PTHS, user_pths=st.none() | PTHS, parts=PYTHON_PATHS, own_base=st.booleans(),
)  # fmt: skip
def test_model_is_a_fresh_interpreter(
    world, plain, sanitized, options, system, inside, pths, user_pths, parts, own_base
):
    world.configure(system)
    python = world.folder / "venv/bin/python" if inside else Path(world.base_executable)
    put_pths(world, world.site, pths)
    user_base = str(world.folder / "userbase") if own_base else None
    user = Path(user_base) / world.user.relative_to(world.home / ".local") if own_base else world.user
    if user_pths is None and user.exists():
        put_pths(world, user, {})
        user.rmdir()
    elif user_pths is not None:
        user.mkdir(parents=True, exist_ok=True)
        put_pths(world, user, user_pths)
    extra, site = world.folder / "extra", world.site
    python_path = None if parts is None else ":".join(part.format(extra=extra, site=site) for part in parts)
    expected = world.fresh(python, options, world.environment(python_path, user_base))
    for probe in (plain, sanitized):
        assert world.model(probe, python, OPTIONS[options], python_path, user_base) == expected


def test_unreadable_pth_and_what_is_no_file(world, plain):
    world.configure("false")
    put_pths(world, world.site, {"good.pth": (["{extra}/a"], "raw", True)})
    (world.site / "folder.pth").mkdir()
    (world.site / "loop.pth").symlink_to("loop.pth")
    (world.site / "gone.pth").symlink_to("nowhere")
    python = world.folder / "venv/bin/python"
    try:
        expected = world.fresh(python, (), world.environment(None))
        assert world.model(plain, python, 0, None) == expected and expected[-1] == str(world.folder / "extra/a")
    finally:
        (world.site / "folder.pth").rmdir()
        (world.site / "loop.pth").unlink()
        (world.site / "gone.pth").unlink()


# ---- the merge ----

NOT_STR = "\x1a"
NAMES = list(string.ascii_lowercase[:10])
OWN = ["", "X", "Y", "./rel", "http://host/x", NOT_STR]


def merge(probe, *cases):
    """[(base, theirs, ours)] -> [(entries, places in ours)]"""
    text = "".join("\x1e".join("".join(f"{entry}\x1f" for entry in part) for part in case) + "\n" for case in cases)
    done = subprocess.run([probe.program, "merge"], input=text.encode(), capture_output=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr.decode()[-2000:]
    return [(a["entries"], a["ours"]) for a in map(json.loads, done.stdout.decode().splitlines())]


def one(probe, base, theirs, ours):
    ((entries, _),) = merge(probe, (list(base), list(theirs), list(ours)))
    return entries


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "expected"),
    [
        ("sab", "sab", "sab", "sab"),
        ("sab", "sac", "sab", "sac"),  # an egg was exchanged
        ("sab", "sba", "sab", "sba"),  # a line was moved to the end
        ("sab", "sb", "PsabQ", "PsbQ"),
        ("sa", "sab", "PsaQ", "PsabQ"),  # what the program appended stays behind
        ("sa", "esa", "Psa", "Pesa"),  # easy_install's front stands behind the script's folder
        ("sa", "usa", "sXa", "usXa"),  # the user's site directory appears
        ("sab", "sab", "sb", "sb"),  # the program took it out
        ("sab", "sabc", "sb", "sbc"),
        ("sab", "sb", "asb", "asb"),  # the program moved it: it is the program's now
        ("sab", "scb", "Xsab", "Xscb"),
        ("sa", "sa", "aXsa", "aXsa"),  # doubled by the program
        ("sab", "ab", "", ""),  # emptied on purpose
        ("", "ab", "XY", "XYab"),
        ("sa", "sb", "sXaY", "sbXY"),  # beside the same neighbours
    ],
)
def test_merge_by_hand(sanitized, base, theirs, ours, expected):
    assert one(sanitized, base, theirs, ours) == list(expected)


@st.composite
def lives(draw):
    """base and theirs as site gives them, and what a program made of base: entries of its own, some taken out, some moved."""
    base = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    theirs = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=8))
    ours = list(base)
    for _ in range(draw(st.integers(0, 5))):
        what = draw(st.sampled_from(["own", "out", "move", "double"]))
        if what == "own":
            ours.insert(draw(st.integers(0, len(ours))), draw(st.sampled_from(OWN)))
        elif ours:
            at = draw(st.integers(0, len(ours) - 1))
            entry = ours[at] if what == "double" else ours.pop(at)
            if what != "out":
                ours.insert(draw(st.integers(0, len(ours))), entry)
    return base, theirs, ours


def subsequence(part, whole):
    rest = iter(whole)
    return all(any(entry == other for other in rest) for entry in part)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(lives(), min_size=10, max_size=10))
def test_merge_keeps_its_rules(sanitized, cases):
    for (base, theirs, ours), (entries, places) in zip(cases, merge(sanitized, *cases), strict=True):
        own = [entry for entry in ours if entry not in base]
        kept = [entry for entry in entries if entry in own]
        assert subsequence(own, entries) and kept.count(NOT_STR) == own.count(NOT_STR), (
            "the program's own stay, in order"
        )
        out = set(base) - set(ours)
        assert not out & set(entries), "what the program took out stays out"
        assert set(theirs) - out <= set(entries), "what site gives is there"
        assert all(entries.count(entry) <= max(1, ours.count(entry)) for entry in entries)
        assert all(entries[i] == ours[place] for i, place in enumerate(places) if place >= 0)
        if ours == base:
            assert entries == theirs, "nobody touched the list: it is that of a fresh interpreter"
        if theirs == base:
            assert entries == ours, "nothing was installed: it is the program's list"
        stale = [entry for entry in base if entry not in theirs]
        if subsequence([entry for entry in ours if entry in base], base):
            assert not set(stale) & set(entries), "stale eggs go"
            assert [entry for entry in entries if entry in theirs] == [entry for entry in theirs if entry not in out]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    base=st.lists(st.sampled_from(NAMES), unique=True, max_size=6), theirs=st.lists(st.sampled_from(NAMES), unique=True, max_size=6),
    head=st.lists(st.sampled_from(OWN[:3]), max_size=2), tail=st.lists(st.sampled_from(OWN[:3]), max_size=2),
)  # fmt: skip
def test_merge_is_a_fresh_start_of_the_same_program(sanitized, base, theirs, head, tail):
    """A program that put entries at the ends: the result is what it would have if it started now."""
    base, theirs = [*base, "stdlib"], [*theirs, "stdlib"]  # what is always there
    assert one(sanitized, base, theirs, head + base + tail) == head + theirs + tail
