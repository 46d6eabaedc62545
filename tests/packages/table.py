"""Makes steps between releases and writes what became of them as a Markdown table: a row for each package, then what was not live.

    python -m tests.packages.table [--json FILE] [--few] [PACKAGE ...] > table.md
    python -m tests.packages.table --merge FILE ... > table.md

The second makes no step: it is the table of those that were written with --json, for a step the last of them. Ends with status 1 when a step is wrong: neither live nor refused cleanly.
"""

import argparse
import collections
import json
import pathlib
import platform
import sys
import tempfile

from tests.packages import steps
from tests.packages.step import Outcome, make
from tests.support import process

KINDS = ("live", "hook", "refused", "wrong", "skipped")


def outcome(step):
    """What becomes of one step; "wrong" and "skipped" with the reason too."""
    with tempfile.TemporaryDirectory() as work:
        try:
            return make(step, pathlib.Path(work))
        except steps.Offline as offline:
            return Outcome("skipped", ("offline",), str(offline))
        except (AssertionError, process.Died) as error:
            return Outcome("wrong", ("wrong",), str(error))


def row(cells):
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def summary(made, what):
    """A line that says how many of these steps are live."""
    counts = collections.Counter(result.kind for _, result in made)
    done = len(made) - counts["skipped"]
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind] or kind == "wrong")
    return f"{what}: {done} steps, {kinds}; {100 * counts['live'] / max(done, 1):.1f} % live."


def markdown(made, python):
    """The lines of the table of what was made: pairs of step and outcome."""
    yield summary(made, f"{platform.python_implementation()} {python}")
    for kind in ("patch", "minor"):
        yield summary([pair for pair in made if pair[0].kind == kind], f"- {kind} releases")
    for what, wanted in (("by rank", True), ("picked", False)):
        part = [pair for pair in made if (steps.PACKAGES[pair[0].package]["rank"] <= steps.RANKED) == wanted]
        if part:
            yield from ("", summary(part, f"{len({step.package for step, _ in part})} {what}"), "")
            yield row(["package", "downloads rank", "releases, newest step first", *KINDS[:4]])
            yield "|---|---|---|---|---|---|---|"
        for name in dict.fromkeys(step.package for step, _ in part):
            own = [(step, result) for step, result in part if step.package == name]
            kinds = collections.Counter(result.kind for _, result in own)
            names = ", ".join([name, *steps.PACKAGES[name].get("with", ())])
            pairs = ", ".join(f"{step.old} {step.new}" for step, _ in own if step.forward)
            yield row([names, steps.PACKAGES[name]["rank"], pairs, *(kinds[kind] for kind in KINDS[:4])])
    reasons = collections.Counter((result.kind, code) for _, result in made for code in result.codes)
    if reasons:
        yield from ("", row(["outcome", "reason", "steps"]), "|---|---|---|")
        yield from (row([kind, code, count]) for (kind, code), count in reasons.most_common())
        yield from ("", row(["step", "outcome", "first reason"]), "|---|---|---|")
        for step, result in made:
            if result.kind != "live":
                first = (result.reason.strip().splitlines() or [""])[0]
                yield row([step, f"{result.kind}: {', '.join(result.codes)}", first])


def merged(paths):
    """What earlier runs wrote, in the order of packages.toml, and the interpreter's version."""
    found, python = {}, platform.python_version()
    for path in paths:
        written = json.loads(path.read_text())
        python = written["python"]
        for each in written["steps"]:
            step = steps.Step(each["package"], each["from"], each["to"], each["kind"], each["forward"])
            found[step] = Outcome(each["outcome"], tuple(each["codes"]), each["reason"])
    return [(step, found[step]) for step in steps.steps() if step in found], python


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("packages", nargs="*", metavar="PACKAGE")
    parser.add_argument("--json", metavar="FILE", type=pathlib.Path, help="write each step's outcome there")
    parser.add_argument("--few", action="store_true", help="only the steps that the tests make by default")
    parser.add_argument(
        "--merge", nargs="+", metavar="FILE", type=pathlib.Path, help="make no step: the table of these"
    )
    options = parser.parse_args(arguments)
    unknown = set(options.packages) - set(steps.PACKAGES)
    if unknown:
        parser.error(f"not in packages.toml: {', '.join(sorted(unknown))}")
    made, python = merged(options.merge) if options.merge else ([], platform.python_version())
    for step in () if options.merge else steps.few() if options.few else steps.steps():
        if not options.packages or step.package in options.packages:
            made.append((step, outcome(step)))
            print(f"{step}: {made[-1][1]}", file=sys.stderr, flush=True)
    if options.json:
        rows = [
            {"package": s.package, "from": s.old, "to": s.new, "kind": s.kind, "forward": s.forward}
            | {"outcome": result.kind, "codes": result.codes, "reason": result.reason}
            for s, result in made
        ]
        options.json.write_text(json.dumps({"python": python, "steps": rows}, indent=1))
    print("\n".join(markdown(made, python)))
    return 1 if any(result.kind == "wrong" for _, result in made) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
