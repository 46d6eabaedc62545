"""Tries every step of tests/packages/steps.py and prints the outcomes as a Markdown table.

    python -m tests.packages.table [GROUP ...] > table.md

Ends with status 1 when a step is neither live nor refused.
"""

import collections
import pathlib
import platform
import sys
import tempfile

from tests.packages import steps
from tests.packages.test_packages import try_step


def outcome(step, work):
    """The text of one step's outcome: live, refused with codes and the first cause, or failed with the first line."""
    try:
        return try_step(*step, work)
    except steps.Offline as offline:
        return f"skipped: {offline}"
    except AssertionError as error:
        return "failed: " + str(error).splitlines()[0][:200]


def main(groups):
    rows, counts = [], collections.Counter()
    for step in steps.steps():
        if groups and step[0] not in groups:
            continue
        with tempfile.TemporaryDirectory() as work:
            text = outcome(step, pathlib.Path(work))
        kind, _, detail = text.partition(": ")
        counts[kind] += 1
        rows.append((steps.label(*step), kind, detail.replace("|", "-", 1).replace("|", "\\|")))
        print(f"{rows[-1][0]}: {text}", file=sys.stderr)
    summary = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    print(f"{platform.python_implementation()} {platform.python_version()}: {summary}.\n")
    print("| step | outcome | reason |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(set(sys.argv[1:])))
