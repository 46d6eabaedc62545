"""Real installers at work, whole and killed with -9, under a process that imports late and upgrades.

MIDFLIGHT_KILLS says how often each installer is killed (default 4): `MIDFLIGHT_KILLS=100 make test ARGS=tests/installers`.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.installers.tools import AVAILABLE, MODULES, PIP, Environment, make_wheel

PROGRAM = Path(__file__).with_name("program.py")
KILLS = int(os.environ.get("MIDFLIGHT_KILLS", "4"))
TOOLS = [
    pytest.param(tool, marks=[] if there else pytest.mark.skip(f"no {tool} here")) for tool, there in AVAILABLE.items()
]


@pytest.fixture
def environment(request, tmp_path, midflight):
    made = Environment(tmp_path, request.param)
    made.install("1.0")
    return made


def watch(environment, takes, seconds):
    child = environment.start(PROGRAM, "takes" if takes else "looks", seconds, MODULES)
    line = child.stdout.readline()
    assert line == "ready\n", line + child.stdout.read()
    return child


def seen(child):
    output = child.communicate(timeout=120)[0]
    assert child.returncode == 0, output
    return json.loads(output)


def check(found):
    """What must hold whatever the installer did."""
    assert found["failed"] == [] and found["mixed"] == [], json.dumps(found)
    assert found["early"] == [], json.dumps(found)
    assert len(found["loaded"]) == 1 and found["imports"] == MODULES, found
    assert all(installed == loaded for installed, loaded in found["taken"]), found


@pytest.mark.parametrize("environment", TOOLS, indirect=True)
def test_install(environment, outcome):
    """Upgrade, downgrade: late imports are never mixed, each version is taken once it is whole, and no sooner."""
    for old, new in (("1.0", "2.0"), ("2.0", "1.0")):
        child = watch(environment, True, 1.0)
        environment.install(new)
        time.sleep(0.6)
        found = seen(child)
        check(found)
        assert found["loaded"] == [new] and found["taken"] == [[new, new]], json.dumps(found)
        outcome(
            "after the installer's last write",
            f"{environment.tool} {old} -> {new}",
            f"ready in {found['latency']:.0f} ms",
        )


@pytest.mark.parametrize("tool", [tool for tool in ("pip", "uv") if AVAILABLE[tool]])
def test_the_same_again_and_gone(tmp_path, midflight, tool):
    """What is installed again with the same content, and what is taken away, changes nothing in the process."""
    environment = Environment(tmp_path, tool)
    environment.install("1.0")
    child = watch(environment, True, 1.0)
    environment.install("1.0")
    if tool == "pip":
        command = [environment.python, PIP, "uninstall", "-q", "-y", "lib"]
        subprocess.run(command, check=True, env=environment.environ())
    found = seen(child)
    check(found)
    assert found["loaded"] == ["1.0"] and found["taken"] == [], json.dumps(found)


def test_pip_fails(tmp_path, midflight):
    """pip puts the old version back and leaves the new one's metadata: nothing is taken, late imports are of the old one."""
    environment = Environment(tmp_path, "pip")
    environment.install("1.0")
    child = watch(environment, True, 1.0)
    broken = {"entry_points.txt": "[console_scripts]\nlib = no function at all\n"}
    environment.made["2.0"] = make_wheel(tmp_path, "2.0", **broken)
    installer = environment.begin("2.0")
    output = installer.communicate(timeout=120)[0]
    assert installer.returncode != 0 and b"entry" in output, output
    assert sorted(path.name for path in environment.site.glob("lib-*")) == ["lib-1.0.dist-info", "lib-2.0.dist-info"]
    time.sleep(0.6)
    found = seen(child)
    check(found)
    assert found["loaded"] == ["1.0"] and found["taken"] == [] and found["states"][-1][0] is None, json.dumps(found)


def writes(site):
    """What changes with the first thing that an installer does to the package; a few stats."""
    seen = []
    for path in [site, site / "lib", *site.glob("lib-*"), *site.glob("lib-*.egg/lib")]:
        try:
            seen.append((path.name, path.stat().st_ctime_ns))
        except FileNotFoundError:
            pass
    return sorted(seen)


def until_it_writes(environment, installer):
    """Waits for the first change. False: the installer ended without one."""
    before = writes(environment.site)
    while writes(environment.site) == before:
        if installer.poll() is not None:
            return False
        time.sleep(0.0003)
    return True


def phases(environment, version):
    """Seconds until the installer begins to write, and seconds that it goes on: measured, whatever the machine is busy with."""
    begin = time.monotonic()
    installer = environment.begin(version)
    assert until_it_writes(environment, installer)
    start, first = time.monotonic() - begin, time.time_ns()
    output = installer.communicate(timeout=120)[0]
    assert installer.returncode == 0, output
    paths = [environment.site, *environment.site.rglob("*")]
    last = max(path.stat().st_ctime_ns for path in paths if "__pycache__" not in path.parts)
    return start, max(last - first, 0) / 1e9


@pytest.mark.parametrize("environment", TOOLS, indirect=True)
def test_killed(environment, outcome):
    """Killed while it writes: the process goes on as it was, or has the whole new version. The moments are spread evenly
    over the time that the tool writes; when it ended sooner than usual, another moment is tried."""
    rng = random.Random(os.environ.get("MIDFLIGHT_SEED", "kills"))
    start, length = phases(environment, "2.0")
    ends = {"ready": 0, "waiting": 0, "broken": 0, None: 0}
    killed = tries = 0
    missed = False
    while killed < KILLS and tries < 4 * KILLS:
        old, new = ("2.0", "1.0") if tries % 2 == 0 else ("1.0", "2.0")
        child = watch(environment, True, start + length)
        installer = environment.begin(new)
        until_it_writes(environment, installer)
        time.sleep((rng.random() if missed else (killed + rng.random()) / KILLS) * length)
        missed = installer.poll() is not None
        if not missed:
            os.killpg(installer.pid, signal.SIGKILL)
            killed += 1
        tries += 1
        installer.communicate()
        time.sleep(0.2)
        found = seen(child)
        check(found)
        assert found["loaded"] in ([old], [new]), found
        ends["ready" if found["loaded"] == [new] else found["states"][-1][0]] += 1
        repair(environment, new)
    counts = f"{ends['ready']} whole and taken, {ends['waiting'] + ends['broken']} half-way, {ends[None]} as before"
    outcome(
        "killed installers",
        environment.tool,
        f"{killed} killed, {tries - killed} done sooner, within {length * 1000:.0f} ms of writing: {counts}",
    )


def repair(environment, version):
    """What somebody does who finds the mess. dpkg: install again. Else: everything of it away, and install again; from
    the second time on a copy of what the tool had installed then, which is faster."""
    if environment.tool == "dpkg":
        environment.install(version)
        return
    for path in environment.site.iterdir():
        if "lib" in path.name or path.name.startswith("~") or path.name == "easy-install.pth":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    copy = environment.folder / f"installed-{version}"
    if copy.exists():
        shutil.copytree(copy, environment.site, dirs_exist_ok=True)
    else:
        environment.install(version)
        shutil.copytree(environment.site, copy)
