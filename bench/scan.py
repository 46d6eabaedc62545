"""Listing 500 and 5,000 installed distributions: src/disk (examples/installed.c, no Python) against importlib.metadata.

Each scan is a process of its own that times the listing alone (names and versions of all). With the right to do so (root),
the kernel's caches are dropped before each scan as well; without, both read from memory. Best of several rounds, taken in turn.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
ROUNDS = 5
THEIRS = """
import sys, time
from importlib.metadata import distributions
begin = time.perf_counter()
found = [(dist.metadata["Name"], dist.version) for dist in distributions(path=[sys.argv[1]])]
print(len(found), time.perf_counter() - begin)
"""
HEADER = (
    "Metadata-Version: 2.1\nName: {name}\nVersion: 1.{n}\nSummary: one of many\nRequires-Dist: other>=1\n\n"
    + "Text. " * 400
)


def lay_out(site, count):
    for n in range(count):
        name = f"made_{n:05}"
        info, package = site / f"{name}-1.{n}.dist-info", site / name
        info.mkdir(parents=True)
        package.mkdir()
        rows = [f"{name}/m{k}.py,sha256={'A' * 43},0" for k in range(20)]
        (package / "__init__.py").touch()
        (info / "METADATA").write_text(HEADER.format(name=name, n=n))
        (info / "INSTALLER").write_text("pip\n")
        (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/RECORD,,"]) + "\n")


def forget_caches():
    """True if the kernel read its caches away."""
    try:
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError:
        return False
    return True


def build(folder):
    sources = [ROOT / "examples/installed.c", *sorted((ROOT / "src/disk").glob("*.c"))]
    sources += [ROOT / f"src/base/{part}.c" for part in ("arena", "file", "sha256", "strbuf", "strmap")]
    command = [
        "cc",
        "-std=gnu11",
        "-O2",
        f"-I{ROOT / 'src'}",
        *sources,
        "-pthread",
        "-lmd",
        "-ljansson",
        "-lz",
        "-o",
        folder / "installed",
    ]
    subprocess.run(command, check=True)
    return folder / "installed"


def measure(program, site, count, cold):
    ours, theirs = [], []
    for _ in range(ROUNDS):
        cold = cold and forget_caches()
        done = subprocess.run([program, "-t", site], check=True, capture_output=True, text=True)
        assert len(done.stdout.splitlines()) == count
        ours.append(float(done.stderr))
        cold = cold and forget_caches()
        done = subprocess.run([sys.executable, "-I", "-c", THEIRS, site], check=True, capture_output=True, text=True)
        number, seconds = done.stdout.split()
        assert int(number) == count
        theirs.append(float(seconds))
    return min(ours), min(theirs), statistics.median(ours) / statistics.median(theirs), cold


def run():
    """Rows of (distributions, caches, our milliseconds, theirs, ratio of the best, ratio of the medians)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="midflight-scan-"))
    try:
        program, rows = build(folder), []
        for count in (500, 5000):
            site = folder / f"site{count}"
            lay_out(site, count)
            for wanted in (False, True):
                ours, theirs, median, cold = measure(program, site, count, wanted)
                if wanted == cold:
                    rows.append((count, "cold" if cold else "warm", ours * 1e3, theirs * 1e3, ours / theirs, median))
        return rows
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    print("distributions  caches    src/disk  importlib.metadata  ratio (goal 0.3)  of medians")
    for count, caches, ours, theirs, ratio, median in run():
        print(f"{count:13}  {caches:6}  {ours:7.1f} ms  {theirs:15.1f} ms  {ratio:16.3f}  {median:10.3f}")
