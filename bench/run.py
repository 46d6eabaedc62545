"""`make bench`: the figures behind docs/results.md.

    run.py [--json FILE] [--only heap,rivals,start,scan,protect,instances,layouts,steady,load,shapes] [--sizes 100000,1000000,5000000]

Each figure comes from processes of its own and is a ratio to a reference measured in the same run, in the same way. Where there is a
goal, the table says where we stand. What could not be measured is said, not guessed.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

import common
import prepare

HERE = pathlib.Path(__file__).resolve().parent
OLD, NEW = "2.31.0", "2.32.5"
SIZES = "100000,1000000,5000000"


class Table:
    """The rows, printed as they come."""

    def __init__(self):
        self.rows, self.raw = [], {}

    def head(self, text):
        print(f"\n{text}", flush=True)

    def row(self, what, value, reference=None, goal=None, met=None, **raw):
        """value and reference: (number, unit) and (name, number, unit)."""
        ratio = value[0] / reference[1] if reference and reference[1] else None
        self.rows.append(
            {"what": what, "value": value, "reference": reference, "ratio": ratio, "goal": goal, "met": met, **raw}
        )
        stand = "" if met is None else "   reached" if met else "   MISSED"
        against = f"{ratio:8.3g} x {reference[0]} ({show(reference[1:])})" if ratio is not None else ""
        print(f"  {what:<52}{show(value):>10} {against}{f'   goal {goal}' if goal else ''}{stand}", flush=True)

    def missing(self, what, why):
        self.rows.append({"what": what, "missing": why})
        print(f"  {what:<52}not measured: {why}", flush=True)


def show(value):
    number, unit = value
    if unit == "s":
        return f"{number * 1000:.3g} ms" if number < 10 else f"{number:.3g} s"
    if unit == "B":
        return f"{number / 1e6:.3g} MB"
    return f"{number:.4g}{unit and ' ' + unit}"


class Bench:
    def __init__(self, table, work):
        self.table, self.work, self.count = table, work, 0
        self.lib, self.python = prepare.link_midflight(), prepare.environment()
        self.releases = [prepare.fetch(f"requests-{v}", "--no-deps", f"requests=={v}") for v in (OLD, NEW)]
        self.beside = prepare.fetch("beside", "urllib3", "idna", "certifi", "charset-normalizer")

    def site(self, *releases):
        """A new folder with these releases installed."""
        self.count += 1
        site = self.work / f"site{self.count}"
        for release in releases:
            common.install(pathlib.Path(release), site)
        return site

    def run(self, script, paths=(), **given):
        """Runs one measured process; its figures. What it leaves on disk is gone afterwards."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        env["PYTHONPATH"] = os.pathsep.join(map(str, [self.lib, *paths]))
        command = [self.python, HERE / script]
        done = subprocess.run(command, env=env, input=json.dumps(given), capture_output=True, text=True, cwd=self.work)
        if done.returncode or not done.stdout:
            text = done.stderr.strip().splitlines() or [f"the process ended with {done.returncode}"]
            raise prepare.Missing(" ".join(line.strip() for line in text[-3:]))
        return json.loads(done.stdout.splitlines()[-1])

    def requests(self, script, **given):
        """The same with requests OLD in a site of its own, NEW to be installed over it."""
        site = self.site(self.releases[0])
        return self.run(
            script, [site, self.beside, *given.pop("paths", ())], site=str(site), release=str(self.releases[1]), **given
        )


def bench_heap(bench, sizes, rounds=4):
    table = bench.table
    for size in sizes:
        table.head(f"upgrade of requests {OLD} <-> {NEW} in a heap of {size:,} objects, the best of {rounds}")
        site = bench.site(bench.releases[0])
        given = {"objects": size, "rounds": rounds, "releases": [str(path) for path in bench.releases]}
        try:
            got = bench.run("heap.py", [site, bench.beside], site=str(site), **given)
        except prepare.Missing as error:
            table.missing(f"heap of {size:,}", str(error))
            continue
        table.raw[f"heap {size}"] = got
        collect, referrers = ("gc.collect()", got["collect"], "s"), ("gc.get_referrers()", got["referrers"], "s")
        pause = min(report["pause"] for report in got["reports"])
        table.row(
            "walk, with plan and commit: all of the pause", (pause, "s"), collect, "<= 0.2 x", pause <= collect[1] / 5
        )
        table.row("pause by the engine's clock", (pause, "s"), referrers, "<= 10 ms", pause <= 0.01)
        table.row("longest gap of a second thread, whole upgrade", (min(got["gaps"]), "s"), collect)
        for part in ("staged", "drained", "retired"):
            table.row(f"  {part}", (min(report[part] for report in got["reports"]), "s"), collect)
        table.row("midflight.explain of one function", (got["explain"], "s"), collect)


def bench_rivals(bench, rounds=7):
    table = bench.table
    table.head(f"requests {OLD} -> {NEW}, whole call in a small process, the best of {rounds}")
    fresh_site = bench.site(bench.releases[1])

    def fresh(way):
        return lambda: bench.run("rivals.py", [fresh_site, bench.beside], way=way, site="", release="", new=NEW)

    ways = {
        "fresh import of requests": fresh("fresh"),
        "  its own modules only, the rest was there": fresh("own"),
        "midflight.upgrade": lambda: bench.requests("rivals.py", way="midflight", new=NEW),
        "importlib.reload of each module": lambda: bench.requests("rivals.py", way="reload", new=NEW),
    }
    try:
        ipython = prepare.fetch("ipython", "ipython")
        ways["IPython autoreload"] = lambda: bench.requests("rivals.py", way="autoreload", new=NEW, paths=[ipython])
    except prepare.Missing as error:
        table.missing("IPython autoreload", str(error))
    bests = {}
    for name, way in ways.items():
        try:
            got = [way() for _ in range(rounds)]
        except prepare.Missing as error:
            table.missing(name, str(error))
            continue
        table.raw[name] = got
        bests[name] = min(one["seconds"] for one in got)
        reference = ("fresh import", bests.get("fresh import of requests", 0.0), "s")
        goal, met = ("<= 1.5 x", bests[name] <= 1.5 * reference[1]) if name == "midflight.upgrade" else (None, None)
        table.row(name, (bests[name], "s"), reference, goal, met)
        if name == "midflight.upgrade":
            own = bests.get("  its own modules only, the rest was there", 0.0)
            table.row("  the same", (bests[name], "s"), ("import of its own modules", own, "s"))
            for part in ("staged", "drained", "pause", "retired"):
                table.row(f"  {part}", (min(one["report"][part] for one in got), "s"), reference)
        if "gap" in got[0]:
            table.row("  longest gap of a second thread", (min(one["gap"] for one in got), "s"))


def bench_start(bench, rounds=15):
    table = bench.table
    table.head(f"start-up, the best of {rounds}")
    folder, names = prepare.made_up(100, 10)
    common.compileall.compile_dir(folder, quiet=2)

    def best(key, **given):
        got = [bench.run("start.py", [folder], **given) for _ in range(rounds)]
        return min(one[key] for one in got), got

    for words, given in (("bare process", []), ("100 packages, 1,100 modules loaded", names)):
        seconds, got = best("seconds", names=given, early=False)
        grown = statistics.median(one["grown"] for one in got)
        table.raw[f"import, {words}"] = got
        table.row(f"import midflight: {words}", (seconds, "s"), None, "<= 5 ms", seconds <= 0.005)
        table.row("  the thread's own time", (min(one["busy"] for one in got), "s"))
        table.row("  memory", (grown, "B"))
    without, _ = best("loads", names=names, plain=True)
    after, _ = best("loads", names=names, early=True)
    table.row("import of 1,100 modules, midflight loaded (own time)", (after, "s"), ("without it", without, "s"))


def bench_protect(bench, rounds=15):
    """Importing 100 packages (1,100 modules), their files kept and not: the vault is a new one each time."""
    table = bench.table
    table.head(f"protection, the best of {rounds}")
    folder, names = prepare.made_up(100, 10)
    common.compileall.compile_dir(folder, quiet=2)
    found = {}
    for where in ("off", "on"):
        os.environ["MIDFLIGHT_VAULT"] = where if where == "off" else str(bench.work / "vault")
        found[where] = [bench.run("protect.py", [folder], names=names, keep=where == "on") for _ in range(rounds)]
    del os.environ["MIDFLIGHT_VAULT"]
    table.raw["protection"] = found
    off, on = (min(one["own"] for one in found[where]) for where in ("off", "on"))
    kept = min(one["kept"] for one in found["on"])
    goal = 0.005 + 0.01 * off
    table.row(f"import of 1,100 modules, {kept} installs kept (own time)", (on, "s"), ("not kept", off, "s"))
    table.row("  added to the imports", (max(on - off, 0.0), "s"), None, "<= 5 ms + 1 %", on - off <= goal)
    table.row("  the keeper's own time, beside the program", (min(one["beside"] for one in found["on"]), "s"))


def bench_recording(bench, rounds=5):
    """Large packages imported by their names, and then each of their modules alone, with midflight in the process and without."""
    table = bench.table
    table.head(f"recording, own time, the best of {rounds}; {len(prepare.LARGE)} packages and what they need")
    folder = prepare.fetch("large", *prepare.LARGE)
    common.compileall.compile_dir(folder, quiet=2)
    every = bench.run("record.py", [folder], packages=prepare.tops(folder))["names"]
    for words, names, tries in (
        ("by their names", [name for name in every if "." not in name], rounds),
        ("each module alone", every, 2),
    ):
        found = {True: [], False: []}
        for _ in range(tries):  # in turns: the machine's mood meets both
            for record, got in found.items():
                got.append(bench.run("record.py", [folder], names=names, record=record, folder=str(folder)))
        table.raw[f"recording, {words}"] = found[True], found[False]
        on, off = (min(one["own"] for one in found[record]) for record in (True, False))
        goal, met = ("<= 1.01 x", on <= 1.01 * off) if words == "by their names" else (None, None)
        what = f"{words}: {len(names)} imports, {found[False][0]['modules']} modules"
        table.row(what, (on, "s"), ("without it", off, "s"), goal, met)
        more = min(one["memory"] for one in found[True]) - min(one["memory"] for one in found[False])
        table.row("  memory", (more, "B"))
        table.row("  other threads' time", (min(max(one["beside"], 0.0) for one in found[True]), "s"))
        for part, words in (
            ("copies", "the least: each namespace and class dict copied once"),
            ("reads", "  each RECORD opened and read"),
            ("stats", "  the file of each module looked at (stat)"),
        ):
            table.row(f"  {words}", (min(one["floor"][part] for one in found[False]), "s"), ("the imports", off, "s"))


def bench_instances(bench, count=100_000):
    table = bench.table
    table.head(f"{count:,} instances of an upgraded class, same layout")
    releases = prepare.held()
    got = {}
    for move in (True, False):
        site = bench.site(releases.format(3))
        got[move] = bench.run("instances.py", [site], count=count, site=str(site), release=releases, move=move)
    table.raw["instances"] = got[True], got[False]
    moved, still, assigned = got[True], got[False], got[True]["assigned"]
    extra = moved["pause"] - still["pause"]
    reference = ("__class__ =", assigned["seconds"], "s")
    table.row("pause, with them minus without them", (extra, "s"), reference, "<= 5 ms", extra <= 0.005)
    table.row("pause, whole", (moved["pause"], "s"), reference)
    ratio = moved["read_after"] / moved["read_before"]
    table.row(
        "attribute reads after",
        (moved["read_after"], "s"),
        ("before", moved["read_before"], "s"),
        "<= 1.01 x",
        ratio <= 1.01,
    )
    table.row("  the same after __class__ =", (assigned["read_after"], "s"), ("before", assigned["read_before"], "s"))
    table.row("memory after nine upgrades", (moved["grown"], "B"))
    table.row("  the same after one __class__ =", (assigned["grown"], "B"))


def bench_layouts(bench, count=100_000):
    table = bench.table
    table.head(f"{count:,} instances of an upgraded class, changed layout (a __dict__, then __slots__, and back)")
    releases = prepare.held(changed=True)
    got = {}
    for move in (True, False):
        site = bench.site(releases.format(3))
        got[move] = bench.run("instances.py", [site], count=count, site=str(site), release=releases, move=move)
    table.raw["layouts"] = got[True], got[False]
    moved, still, assigned = got[True], got[False], got[True]["assigned"]
    extra = moved["pause"] - still["pause"]
    reference = ("__class__ = (same layout)", assigned["seconds"], "s")
    table.row("pause, with them minus without them", (extra, "s"), reference, "<= 60 ms", extra <= 0.06)
    for words, one, other in zip(
        ("  from __slots__ to a __dict__", "  from a __dict__ to __slots__"),
        moved["directions"],
        still["directions"],
        strict=True,
    ):
        table.row(words, (one - other, "s"), reference, "<= 60 ms", one - other <= 0.06)
    table.row("attribute reads after", (moved["read_after"], "s"), ("before", moved["read_before"], "s"))
    table.row("memory after nine upgrades", (moved["grown"], "B"))


def bench_steady(bench, rounds=7):
    table = bench.table
    table.head("a loop of library calls (requests: prepare a request), calls a second of the thread's own time")

    def one(release, imported, upgrade):
        site = bench.site(bench.releases[release])
        given = {"site": str(site), "release": str(bench.releases[1]), "imported": imported, "upgrade": upgrade}
        return bench.run("steady.py", [site, bench.beside], seconds=1.5, **given)["rate"]

    cases = {
        "plain old": (0, False, False),
        "imported": (0, True, False),
        "plain new": (1, False, False),
        "upgraded": (0, True, True),
    }
    rates = {name: [] for name in cases}
    for _ in range(rounds):  # in turns: the machine's mood meets all of them
        for name, case in cases.items():
            rates[name].append(one(*case))
    table.raw["steady"] = rates
    best = {name: max(values) for name, values in rates.items()}
    for name, plain, words in (
        ("imported", "plain old", "midflight imported"),
        ("upgraded", "plain new", "after an upgrade"),
    ):
        ratio = best[name] / best[plain]
        table.row(words, (best[name], "/s"), ("without midflight", best[plain], "/s"), "within 1 %", ratio >= 0.99)
    spread = statistics.median(max(v) / statistics.median(v) - 1 for v in rates.values())
    table.row("  spread between processes of one kind (best to middle)", (100 * spread, "%"))


def bench_shapes(bench):
    table = bench.table
    table.head("much of one kind: an upgrade of the package that it is of, the best of 6")
    for what, words, counts in (
        ("chain", "closures of one factory, each in the next", (1000, 4000)),
        ("keys", "keys of a dict that hash in Python, and differently", (10_000, 50_000)),
        ("tables", "tables that are merged, under as many iterators", (1000, 4000)),
    ):
        before = None
        for count in counts:
            releases = prepare.shape(what, count)
            site = bench.site(releases[0])
            given = {"what": what, "count": count, "site": str(site), "releases": releases, "rounds": 2}
            got = bench.run("shapes.py", [site], **given)
            table.raw[f"{what} {count}"] = got
            table.row(f"{count:,} {words}", (got["whole"], "s"), before)
            table.row("  pause", (got["pause"], "s"))
            before = (f"{count:,}", got["whole"], "s")


def bench_load(bench, rounds=3, seconds=4.0):
    """What the clients of a server see of an upgrade, of a restart, and when neither happens."""
    table = bench.table
    table.head(f"a server with four clients that ask all the time: the best of {rounds} times {seconds:g} seconds")
    found = {"nothing": [], "upgrade": [], "restart": []}
    for _ in range(rounds):  # in turns: the machine's mood meets all of them
        for way, got in found.items():
            got.append(bench.requests("load.py", way=way, seconds=seconds))
    table.raw["load"] = found
    quiet = ("nothing happens", min(one["slowest"] for one in found["nothing"]), "s")
    gap = ("nothing happens", min(one["gap"] for one in found["nothing"]), "s")
    for way, words in (("nothing", "nothing happens"), ("upgrade", "upgraded"), ("restart", "restarted instead")):
        got = found[way]
        failed, answered = sum(one["failed"] for one in got), sum(one["answered"] for one in got)
        if way != "nothing":
            assert all(NEW in one["versions"] for one in got), f"{way}: the new version was not seen"
        goal = ("0", failed == 0) if way == "upgrade" else (None, None)
        table.row(
            f"{words}: slowest request", (min(one["slowest"] for one in got), "s"), way != "nothing" and quiet or None
        )
        table.row(
            "  longest time without an answer", (min(one["gap"] for one in got), "s"), way != "nothing" and gap or None
        )
        table.row(f"  requests failed, of {answered + failed}", (failed, ""), None, *goal)
    pause = min(one["pause"] for one in found["upgrade"])
    table.row("pause by the engine's clock", (pause, "s"), quiet)


def bench_scan(bench):
    import scan

    table = bench.table
    table.head("listing installed distributions: src/disk, without Python, against importlib.metadata")
    for count, caches, ours, theirs, ratio, _ in scan.run():
        what = f"{count} distributions, kernel's caches {caches}"
        table.row(what, (ours / 1e3, "s"), ("importlib.metadata", theirs / 1e3, "s"), "<= 0.3 x", ratio <= 0.3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", metavar="FILE", help="writes all figures there; - is the standard output")
    parser.add_argument(
        "--only",
        default="heap,rivals,start,scan,protect,recording,instances,layouts,steady,load,shapes",
        help="some of the parts",
    )
    parser.add_argument("--sizes", default=SIZES, help="numbers of objects for the part heap")
    options = parser.parse_args()
    table = Table()
    cpu = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    print(f"CPython {platform.python_version()}, {os.cpu_count()} x {cpu}, load {os.getloadavg()[0]:.1f}", flush=True)
    work = pathlib.Path(
        tempfile.mkdtemp(prefix="work-", dir=prepare.CACHE.mkdir(parents=True, exist_ok=True) or prepare.CACHE)
    )
    parts = {
        "heap": lambda bench: bench_heap(bench, [int(size) for size in options.sizes.split(",")]),
        "rivals": bench_rivals,
        "start": bench_start,
        "scan": bench_scan,
        "protect": bench_protect,
        "recording": bench_recording,
        "instances": bench_instances,
        "layouts": bench_layouts,
        "steady": bench_steady,
        "load": bench_load,
        "shapes": bench_shapes,
    }
    try:
        bench = Bench(table, work)
        for name in options.only.split(","):
            try:
                parts[name](bench)
            except prepare.Missing as error:
                table.missing(name, str(error))
    except prepare.Missing as error:
        print(f"pip cannot install {error}\nThe benchmarks need a package index that pip can reach.", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if options.json:
        text = json.dumps(
            {"python": platform.python_version(), "cpu": cpu, "rows": table.rows, "raw": table.raw}, indent=1
        )
        print(text) if options.json == "-" else pathlib.Path(options.json).write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
