"""Makes one step of one package in a process of its own, and judges it.

Live means: the namespaces are those of a fresh process on the new release, symbol by symbol, as they are before the program uses them or after
it has used them the same way; what the program holds is what the modules have; the old generation is dead; and the program in
samples/ goes on with its instances and its state.
"""

import dataclasses
import functools
import json
import os
import pathlib
import tempfile

import midflight

from tests.packages import steps
from tests.support import process
from tests.support.install import Site

TIMEOUT = 3 * process.TIMEOUT


@dataclasses.dataclass(frozen=True)
class Outcome:
    """`kind` is "live", "hook" (a hook of the package would take the refusal away) or "refused"; then with codes and the first reason."""

    kind: str
    codes: tuple = ()
    reason: str = ""

    def __str__(self):
        return f"{self.kind}: {', '.join(self.codes)} | {self.reason}" if self.codes else self.kind


def module_names(package, folder):
    """Every module below `folder`, packages before what is in them; tests, __main__ and the package's exceptions left out."""
    names = []
    for path in sorted(folder.rglob("*.py")):
        parts = list(path.relative_to(folder).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        if (
            parts
            and not {"tests", "conftest", "__main__", "bin"} & set(parts)
            and all(part.isidentifier() for part in parts)
        ):
            names.append(".".join(parts))
    return sorted(name for name in names if not name.startswith(tuple(package.get("without", ()))))


def start(name, versions, work, *, target=None, modules=None, extra=None):
    """Runs the application of package `name` with `versions` installed, and lets it upgrade to `target`.

    Without a target it neither installs nor upgrades; with `modules` it imports these, and is a fresh process to compare with.
    """
    package = steps.PACKAGES[name]
    site, beside = Site(work / "lib" / "python"), Site(work / "beside" / "lib" / "python")
    for distribution, version in versions.items():
        site.install_prepared(steps.fetch(f"{distribution}=={version}"))
    for requirement in package.get("beside", ()):
        beside.install_prepared(steps.fetch(requirement))
    alone = work / "midflight" / "python"  # the tests' own environment has some of these packages, too
    alone.mkdir(parents=True)
    (alone / "midflight").symlink_to(pathlib.Path(midflight.__file__).parent)
    prepared = {key: steps.fetch(f"{key}=={version}") for key, version in (target or {}).items()}

    def install(step):
        for distribution in reversed(prepared):
            site.uninstall(distribution)
            site.install_prepared(prepared[distribution])

    settings = {
        "site": str(site.path),
        "sample": name.replace("-", "_"),
        "fresh": modules is not None,
        "import": modules if modules is not None else module_names(package, site.path),
    }
    return process.run(
        work,
        "application",
        paths=[site.path, beside.path, alone, steps.HERE],
        names=list(versions),
        kind="script",
        mode="none" if target is None else "upgrade",
        install=install,
        timeout=TIMEOUT,
        extra=extra,
        flags=("-S",),
        env={"MIDFLIGHT_TEST_PACKAGES": json.dumps(settings), "PYTHONHASHSEED": "0"},
    )


@functools.lru_cache(maxsize=8)
def fresh(name, versions, modules):
    """The namespaces of a process that has never seen another release: before and after the program used it."""
    with tempfile.TemporaryDirectory() as work:
        result = start(name, dict(versions), pathlib.Path(work), modules=list(modules))
    assert "error" not in result, (
        "the program fails in a process that has only the new release:\n" + result["traceback"]
    )
    return result["unused"], result["namespaces"]


def differences(ours, unused, used):
    """Lines that say where the upgraded process is not what a fresh one is, neither before nor after it was used."""
    lines = []
    for module in sorted(ours.keys() | unused.keys()):
        if module not in ours or module not in used:
            lines.append(f"module {module} is only in the {'fresh' if module in used else 'upgraded'} process")
            continue
        before, after = unused.get(module, {}), used[module]
        for symbol in sorted(ours[module].keys() | before.keys()):
            mine, theirs = ours[module].get(symbol, "absent"), after.get(symbol, "absent")
            if mine not in (theirs, before.get(symbol, "absent")):
                lines.append(f"{module}.{symbol}: {mine} instead of {theirs}")
    return lines


def refused(step, record):
    """The outcome of a refused step; plan(), in another process, says whether a hook would do."""
    first = record["refused"][0]
    with tempfile.TemporaryDirectory() as work:
        planned = start(
            step.package, step.versions("old"), pathlib.Path(work), target=step.versions("new"), extra={"plan": True}
        )
    assert "plan" in planned["upgrades"][0], "refused, and the plan raises:\n" + planned.get("traceback", "")
    plan = planned["upgrades"][0]["plan"]
    assert plan["process"] == [] or steps.PACKAGES[step.package].get("leaks"), (
        f"a plan changed the process: {plan['process'][:10]}"
    )
    momentary = {"busy", "native-holder", "active"}
    assert plan["verdict"] != "live" or momentary & set(process.refusal_codes(record)), "refused; the plan says live"
    return Outcome(
        "hook" if plan["verdict"] == "live with hook" else "refused",
        tuple(process.refusal_codes(record)),
        f"{first['module']}.{first['symbol']}: {first['cause']}".replace(os.getcwd(), "."),
    )


def make(step, work):
    """Makes one step. Raises AssertionError when it is neither live nor refused cleanly, steps.Offline when a release is missing."""
    result = start(step.package, step.versions("old"), work, target=step.versions("new"))
    assert "error" not in result, result["traceback"]
    record = result["upgrades"][0]
    made = tuple(f"class {name}" for name in steps.PACKAGES[step.package].get("made", ()))
    record["alive"] = [line for line in record.get("alive", ()) if not line.startswith(made)]
    if steps.PACKAGES[step.package].get("leaks") and record["refused"] is not None:
        record["changed"] = [line for line in record["changed"] if not line.endswith(" is new")]
    process.judge(result, kept=True)
    if record["refused"] is not None:
        return refused(step, record)
    assert result["wrong"] == [], "held, and not what the module has: " + ", ".join(result["wrong"][:10])
    unused, used = fresh(step.package, tuple(step.versions("new").items()), tuple(result["loaded"]))
    stays = tuple(steps.PACKAGES[step.package].get("stays", ()))
    lines = [line for line in differences(result["namespaces"], unused, used) if not line.startswith(stays)]
    assert not lines, f"{len(lines)} symbols differ from a fresh process:\n" + "\n".join(lines[:20])
    return Outcome("live")
