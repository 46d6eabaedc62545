"""Writes releases.toml: the last three minor and the last three patch releases of each package, and what each one follows.

    python -m tests.packages.pin [NAME ...]      (without names all packages of packages.toml)

The registry is asked through pip, by name, for the releases that this interpreter can install; run it on the oldest
supported one. A release x.y.0 is minor and x.y.z is patch; it is upgraded from the highest release below it. The first release of
another x is neither, unless x is a year.
"""

import re
import subprocess
import sys

from tests.packages import steps

HEAD = """\
# Made by `python -m tests.packages.pin`: do not edit. For each package [from, to, kind], the latest first.
"""


def available(name):
    """The final releases of a distribution, as tuples of numbers with their texts, ascending."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "index", "versions", name],
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("Available versions: ")]
    texts = [text.strip() for text in line.partition(": ")[2].split(",")]
    return sorted((number(text), text) for text in texts if re.fullmatch(r"[0-9.]+", text))


def number(text):
    """ "3.11" as (3, 11, 0): comparable with "3.11.0"."""
    parts = [int(part) for part in text.split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


def kind(old, new):
    """ "minor" or "patch", as the new number says; None for a new major release."""
    if old[0] != new[0] and new[0] < 2000:
        return None
    return "patch" if old[:2] == new[:2] else "minor"


def pins(name, package):
    """[from, to, kind] of the steps to try."""
    releases = [
        (key, text)
        for key, text in available(name)
        if key >= number(package.get("since", "0")) and text not in package.get("skip", ())
    ]
    found = [(old, new, kind(old[0], new[0])) for old, new in zip(releases, releases[1:], strict=False)]
    found.reverse()
    return [
        [old[1], new[1], which]
        for wanted in ("minor", "patch")
        for old, new, which in [step for step in found if step[2] == wanted][:3]
    ]


def main(names):
    releases = dict(steps.RELEASES)
    for name in names or steps.PACKAGES:
        releases[name] = pins(name, steps.PACKAGES[name])
    lines = [HEAD]
    for name in steps.PACKAGES:
        rows = "".join(f'    ["{old}", "{new}", "{which}"],\n' for old, new, which in releases.get(name, ()))
        lines.append(f"{name} = [\n{rows}]\n")
    (steps.HERE / "releases.toml").write_text("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
