"""Random packages, random releases: after the upgrade a process shows what a fresh one does, and the old version is gone.

`make test ARGS="tests/generated --upgrades 5000"` makes that many; each kind of edit must have come up.
"""

import collections
import copy
import itertools
import json
import pathlib
import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.generated import edits, packages
from tests.support import process
from tests.support.install import Site

HERE = pathlib.Path(__file__).resolve().parent
TOGETHER = 20  # packages in one process
WAYS = (["upgrade"], ["upgrade"], ["upgrade", "rollback"], ["upgrade", "rollback", "upgrade"])


class Release:
    """A package, and what it becomes."""

    def __init__(self, random, name, first):
        """`first` is an edit that is among them, so that none is rare: packages are made until it finds something to change."""
        names = packages.Names()
        self.name, self.kinds = name, []
        for _ in range(50):
            before = packages.package(random, names)
            after = copy.deepcopy(before)
            if first(random, names, after):
                self.kinds.append(first.__name__)
                break
        for _ in range(random.randrange(6)):
            edit = random.choice(edits.KINDS)
            if edit(random, names, after):
                self.kinds.append(edit.__name__)
        self.old, self.new = packages.source(before, name), packages.source(after, name, comments=random.randrange(3))
        self.kept = sorted(name for name, _ in named(before).items() & named(after).items())
        self.way = random.choice(WAYS)


def named(made):
    """What a program may hold: name, or Class.member, to the kind."""
    found = {}
    for one in (one for ones in made.values() for one in ones):
        name = one.get("alias", one["name"])
        found[name] = "definition"
        if one["kind"] == "closure":
            found["make_" + name] = "definition"
        if one["kind"] == "class":
            found |= {f"{name}.{member['name']}": member["kind"] for member in one["members"]}
        if one["kind"] == "enum":
            found |= {f"{name}.{member}": "member" for member in one["members"]}
    return found


def run(work, releases, version):
    """One process on these releases: upgraded from the old to the new and perhaps back, or fresh on the "old" or "new" version."""
    upgrade = version is None
    site = Site(work / ("site" if upgrade else version))
    for release in releases:
        site.install(release.name, "1" if version != "new" else "2", release.new if version == "new" else release.old)
    settings_file = work / f"settings-{version}.json"
    names = {release.name: {"kept": release.kept, "way": release.way} for release in releases}
    settings_file.write_text(json.dumps({"packages": names, "path": str(HERE), "upgrade": upgrade}))

    def install(step):
        site.upgrade(releases[step - 1].name, "2", releases[step - 1].new)

    result = process.run(
        work, "application", paths=[site.path, HERE], kind="script", oracle=False, install=install, timeout=180,
        mode="upgrade" if upgrade else "none", env={"MIDFLIGHT_GENERATED": str(settings_file)},
    )  # fmt: skip
    assert "error" not in result, result["traceback"]
    return result


def judge(release, step, fresh):
    """`fresh`: what a fresh process shows, on the version that each move goes to."""
    story = f"{release.name}: {release.kinds} {release.way}\n" + "\n".join(
        f"--- {side} {path}\n{text}" for path in release.old for side, files in (("old", release.old), ("new", release.new))
        for text in [files.get(path, "")]
    )  # fmt: skip
    assert "refused" not in step, f"refused: {step}\n{story}"
    assert step["wrong"] == [], f"{step['wrong']}\n{story}"
    assert step["alive"] == [] and step["kept"] == [], f"alive: {step['alive']} {step['kept']}\n{story}"
    for move, seen in zip(release.way, step["seen"], strict=True):
        for before, after in zip(seen, fresh[move][release.name], strict=True):
            for part, other in zip(before, after, strict=True):
                assert part == other, f"after {move} in {after[0]}:\n{differences(part, other)}\n{story}"


def differences(part, other):
    """The entries of two lists that are not the same, one a line."""
    pairs = itertools.zip_longest(part, other)
    return "\n".join(f"  is    {one}\n  fresh {two}" for one, two in pairs if one != two)


@pytest.fixture
def upgrades(request):
    return request.config.getoption("--upgrades")


def test_random_releases(tmp_path_factory, upgrades, outcome, midflight):
    counts, ways = collections.Counter(), collections.Counter()
    kinds = itertools.cycle(edits.KINDS)
    batches = max(1, -(-upgrades // (TOGETHER * 3 // 2)))  # a release is 1.75 moves in the middle

    @settings(
        max_examples=batches, deadline=None, database=None, phases=[Phase.generate], derandomize=upgrades <= 500,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    @given(st.lists(st.integers(0, 2**32), min_size=TOGETHER, max_size=TOGETHER))
    def batch(seeds):
        work = tmp_path_factory.mktemp("batch")
        # hypothesis likes small and equal numbers; a package is worth making once.
        releases = [
            Release(random.Random(f"{work.name} {n} {seed}"), f"pkg{n}", next(kinds)) for n, seed in enumerate(seeds)
        ]
        result = run(work, releases, None)
        fresh = {"upgrade": run(work, releases, "new")["seen"], "rollback": run(work, releases, "old")["seen"]}
        for release, step in zip(releases, result["steps"], strict=True):
            judge(release, step, fresh)
            counts.update(release.kinds)
            ways.update(release.way)

    batch()
    for kind in edits.KINDS:
        outcome("generated releases", kind.__name__, f"made | {counts[kind.__name__]} edits")
        assert counts[kind.__name__] >= upgrades // 60, f"{kind.__name__} came up {counts[kind.__name__]} times only"
    outcome("generated releases", "rollback", f"made | {ways['rollback']} of {ways.total()} moves")
    assert ways.total() >= upgrades and ways["rollback"] >= upgrades // 5
