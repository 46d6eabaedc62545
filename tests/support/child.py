"""The process under test: imports the application, upgrades on its demand, and writes down what was seen.

Run as a script with the path of a JSON specification. It talks to the runner through two pipes: it writes
"install N" when version N is to be put on disk, and reads one line when that is done. The installer is thus another
process, as in life. The result is one JSON file; a process that dies leaves none.

mode "upgrade": install and upgrade. "disk": install only (what a refused process must look like). "none": neither
(a fresh process on whatever is on disk).
"""

import builtins
import faulthandler
import importlib
import json
import os
import sys
import traceback

faulthandler.enable()
with open(sys.argv[1]) as _file:
    SPEC = json.load(_file)
faulthandler.dump_traceback_later(SPEC["timeout"], exit=True)
sys.path.insert(0, SPEC["support"])
import oracle  # noqa: E402

sys.path.remove(SPEC["support"])

RESULT = {"upgrades": []}
GENERATIONS = []
KEEP = {"keep": 1e6} if SPEC.get("back") else {}


def install(step):
    """Asks the runner for the next version and waits until it is on disk."""
    os.write(SPEC["to_runner"], b"install %d\n" % step)
    answer = b""
    while not answer.endswith(b"\n"):
        piece = os.read(SPEC["from_runner"], 100)
        if not piece:
            raise SystemExit("the runner is gone")
        answer += piece


def _reasons(refusal):
    keys = ("distribution", "module", "symbol", "cause", "action", "code")
    return [{key: getattr(reason, key) for key in keys} for reason in refusal.reasons]


def _plan(midflight, names, options):
    """What plan() says, and what of the process it changed."""
    before = oracle.fingerprint()
    plan = midflight.plan(*names, **{key: value for key, value in options.items() if key in ("allow", "state")})
    answer = {"text": str(plan), **plan.to_dict()}
    del plan
    return {**answer, "process": oracle.differences(before, oracle.fingerprint())}


def _there_and_back(midflight, report):
    """Goes back to the version before and forward again, and lets go of both."""
    options = {key: value for key, value in SPEC["options"].items() if key in ("wait", "when")}
    for _ in range(2):
        rolled = midflight.rollback(allow=("names", "signatures"), **options, **KEEP)
        assert rolled.upgraded, "nothing was rolled back"
        RESULT.setdefault("rollbacks", []).append(rolled.to_dict())
        del rolled
    report.old_generation = midflight.confirm()
    return report


def upgrade(*names, **options):
    """What the application calls. Returns the report; None when refused or when nothing is upgraded in this mode."""
    if SPEC["mode"] == "none":
        return None
    step = len(RESULT["upgrades"]) + 1
    record = {"refused": None, "raised": None}
    RESULT["upgrades"].append(record)
    generation = oracle.Generation(SPEC["roots"]) if SPEC["oracle"] else None
    strayed = oracle.strayed(SPEC["roots"]) if SPEC["oracle"] else []  # a module that puts another into its place
    install(step)
    if SPEC["mode"] == "disk":
        return None
    import midflight

    if SPEC.get("plan"):
        record["plan"] = _plan(midflight, names or SPEC["names"], {**SPEC["options"], **options})
    report = None
    try:
        report = midflight.upgrade(*(names or SPEC["names"]), **{**SPEC["options"], **options, **KEEP})
        if SPEC.get("back"):
            report = _there_and_back(midflight, report)
    except midflight.UpgradeRefused as refusal:
        record["refused"] = _reasons(refusal)
        record["text"] = str(refusal)
    except BaseException as error:
        record["raised"] = f"{type(error).__name__}: {error}"
        raise
    if report is not None:
        record["report"] = report.to_dict()
        record["text"] = str(report)
    if generation is not None:
        record["counts"] = generation.counts
        if report is None:
            record["changed"] = generation.same()
        else:
            record["alive"] = generation.alive()
            record["strayed"] = [name for name in oracle.strayed(SPEC["roots"]) if name not in strayed]
            GENERATIONS.append(generation)
    return report


def judge(app):
    """At the end, with no call of the scenario on the stack: what every live upgrade must have left behind."""
    if GENERATIONS:
        RESULT["outdated"] = oracle.outdated(app.__dict__, SPEC["roots"])
        RESULT["alive"] = [name for generation in GENERATIONS for name in generation.alive()]


def run_text():
    """Conformance: `hold` is the application's module; `check` is the rest of it, or runs in its namespace."""
    builtins.__midflight_upgrade__ = upgrade
    app = importlib.import_module(SPEC["app"])
    if SPEC.get("check") is not None:
        upgrade()
        exec(compile(SPEC["check"], app.__file__, "exec"), app.__dict__)
    RESULT["repr"] = repr(app.R)
    judge(app)


def run_case():
    """A case folder: hold() before, check(held[, report]) after; or run(upgrade), which does all of it."""
    app = importlib.import_module(SPEC["app"])
    if hasattr(app, "run"):
        app.run(upgrade)
    else:
        held = app.hold()
        report = upgrade()
        check = app.check
        check(*(held, report)[: check.__code__.co_argcount])
        del held, report
    judge(app)


def run_script():
    """Any other program: main(upgrade, result) of the application."""
    importlib.import_module(SPEC["app"]).main(upgrade, RESULT)


def main():
    if SPEC["mode"] == "upgrade":
        import midflight  # noqa: F401
    try:
        {"text": run_text, "case": run_case, "script": run_script}[SPEC["kind"]]()
    except BaseException as error:
        RESULT["error"] = f"{type(error).__name__}: {error}"
        RESULT["traceback"] = traceback.format_exc()
    RESULT["versions"] = sys.version.split()[0]
    with open(SPEC["result"], "w") as file:
        json.dump(RESULT, file)


if __name__ == "__main__":
    main()
