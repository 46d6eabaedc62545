"""Each allocation fails, each system call fails, a signal handler raises at each step: all numbers, one after the other.

usage: python -m tests.faults.every [--scenarios NAMES] [--faults NAMES] [--numbers N] [--row N] [--only N] [--cases PATTERN] [--workers N] [--new FILE]

What went wrong is printed as soon as it is found, and at the end a table of what was made. --numbers: so many of each, evenly. --row: so many
things fail, one after the other. --only: this number alone, with where in the code it is. --cases: the folders of tests/cases whose name has that in it.
--new: only numbers at whose place in the code nothing has failed yet, and the file that remembers the places of this build.
"""

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.versions import INSTALLED, WARM
from tests.support.install import Site
from tests.support.process import environment

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FAULTS = ("allocation", "call", "signal")


def build_shim(folder):
    """The library whose system calls fail, for LD_PRELOAD; None without a compiler."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler:
        return None
    shim = folder / "shim.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", shim, HERE / "shim.c", "-ldl"], check=True)
    return shim


def install(work, scenario):
    """The site directory of a scenario's process, and what its environment has in addition."""
    site = Site(work / "site")
    site.install("warm", "0", WARM["1"])
    if not scenario.startswith("case:"):
        for name, tree in INSTALLED[scenario].items():
            site.install(name, "1", tree)
        return [site.path], {}
    from tests.test_cases import Case

    case = Case(scenario.removeprefix("case:"))
    case.put(site, 0)
    application = work / "application"
    application.mkdir()
    if (case.folder / "app").is_dir():
        shutil.copytree(case.folder / "app", application, dirs_exist_ok=True)
    shutil.copy(case.folder / "check.py", application / "application.py")
    return [site.path, application], {"MIDFLIGHT_CASE": case.folder.name, "MIDFLIGHT_NAMES": " ".join(case.names)}


def run(work, scenario, fault, *, numbers=0, row=1, seconds=7200, workers=2, only=0, new=False, loud=True):
    """Runs program.py in the empty folder `work`. What it found, a dict; an AssertionError when it found nothing."""
    paths, env = install(work, scenario)
    env = {**environment(paths), **env, "MIDFLIGHT_VAULT": str(work / "vault"), "PYTHONHASHSEED": "0"}
    if fault == "call":
        env["LD_PRELOAD"] = " ".join([str(build_shim(work)), *filter(None, [os.environ.get("LD_PRELOAD")])])
    arguments = [ROOT, scenario.partition(":")[0], fault, numbers, row, seconds, workers, only, int(new), int(loud)]
    done = subprocess.run(
        [sys.executable, "-P", HERE / "program.py", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=None if loud else subprocess.PIPE,
        text=True,
        timeout=seconds + 300,
        env=env,
        cwd=work,
    )
    assert done.returncode == 0, f"{scenario}, {fault}: {(done.stderr or 'see above')[-5000:]}"
    return ast.literal_eval(done.stdout)


def cases(pattern):
    """Those that can be tried: they have hold() and check(), and no threads that run for ever."""
    from tests.test_cases import NAMES, Case

    for name in NAMES:
        case = Case(name)
        if pattern in name and not case.endless and "def hold(" in (case.folder / "check.py").read_text():
            yield f"case:{name}"


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--scenarios", default=",".join(INSTALLED))
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--cases")
    parser.add_argument("--new")
    for name, default in ("numbers", 0), ("row", 1), ("only", 0), ("workers", 2):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    if options.new:
        os.environ["MIDFLIGHT_PLACES"] = os.path.abspath(options.new)
    scenarios = options.scenarios.split(",") if options.cases is None else cases(options.cases)
    rows = []
    for scenario in scenarios:
        for fault in options.faults.split(","):
            with tempfile.TemporaryDirectory(prefix="midflight-faults-") as work:
                try:
                    found = run(
                        Path(work),
                        scenario,
                        fault,
                        numbers=options.numbers,
                        row=options.row,
                        workers=options.workers,
                        only=options.only,
                        new=bool(options.new),
                    )
                except AssertionError as error:
                    rows.append((scenario, fault, 0, 0, 0.0, f"not tried: {error}", {}))
                    continue
            outcomes = ", ".join(f"{n} {name}" for name, n in sorted(found["outcomes"].items()))
            rows.append((scenario, fault, found["tried"], found["places"], found["seconds"], outcomes, found["wrong"]))
    for *row, _ in rows:
        print("| {} | {} | {} | {} | {:.0f} s | {} |".format(*row))
    wrong = [(row[0], row[1], what, numbers) for row in rows for what, numbers in row[-1].items()]
    for scenario, fault, what, numbers in wrong:
        print(f"{scenario}, {fault}, {numbers}: {what}")
    print(f"{sum(row[2] for row in rows)} numbers, {len(wrong)} ways to go wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
