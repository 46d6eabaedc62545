"""Random packages, random releases: after the upgrade a process shows what a fresh one does, and the old version is gone.

`make test ARGS="tests/generated --upgrades 5000"` makes that many; each kind of edit must have come up.
"""

import collections
import copy
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
TOGETHER = 10  # packages in one process


class Release:
    """A package, and what it becomes."""

    def __init__(self, random, name):
        names = packages.Names()
        self.name, self.kinds = name, []
        before = packages.package(random, names)
        after = copy.deepcopy(before)
        for _ in range(random.randrange(1, 7)):
            edit = random.choice(edits.KINDS)
            if edit(random, names, after):
                self.kinds.append(edit.__name__)
        self.old, self.new = packages.source(before, name), packages.source(after, name, comments=random.randrange(3))
        self.dropped = sorted(gone(before, after))


def gone(before, after):
    """Names that the old version has and the new one does not, in any module."""

    def all_names(made):
        names = {(module, one["name"]) for module, ones in made.items() for one in ones}
        return names | {
            (m, "make_" + one["name"]) for m, ones in made.items() for one in ones if one["kind"] == "closure"
        }

    return {name for _, name in all_names(before) - all_names(after)}


def run(work, releases, upgrade):
    """One process on these releases: upgraded from the old to the new, or fresh on the new."""
    site = Site(work / ("site" if upgrade else "fresh"))
    for release in releases:
        site.install(release.name, "1" if upgrade else "2", release.old if upgrade else release.new)
    settings_file = work / f"settings-{upgrade}.json"
    dropped = {release.name: release.dropped for release in releases}
    names = [release.name for release in releases]
    settings_file.write_text(json.dumps({"packages": names, "dropped": dropped, "path": str(HERE), "upgrade": upgrade}))

    def install(step):
        site.upgrade(releases[step - 1].name, "2", releases[step - 1].new)

    result = process.run(
        work, "application", paths=[site.path, HERE], kind="script", oracle=False, install=install, timeout=120,
        mode="upgrade" if upgrade else "none", env={"MIDFLIGHT_GENERATED": str(settings_file)},
    )  # fmt: skip
    assert "error" not in result, result["traceback"]
    return result


def judge(release, step, seen, expected):
    story = f"{release.name}: {release.kinds}\n" + "\n".join(
        f"--- {side} {path}\n{text}" for path in release.old for side, files in (("old", release.old), ("new", release.new))
        for text in [files.get(path, "")]
    )  # fmt: skip
    assert "refused" not in step, f"refused: {step}\n{story}"
    assert step["wrong"] == [], f"{step['wrong']}\n{story}"
    assert step["alive"] == [] and step["kept"] == [], f"alive: {step['alive']} {step['kept']}\n{story}"
    for before, after in zip(seen, expected, strict=True):
        for part, other in zip(before, after, strict=True):
            assert part == other, f"in {after[0]}:\n  upgraded {part}\n  fresh    {other}\n{story}"


@pytest.fixture
def upgrades(request):
    return request.config.getoption("--upgrades")


def test_random_releases(tmp_path_factory, upgrades, outcome, midflight):
    counts = collections.Counter()
    batches = max(1, upgrades // TOGETHER)

    @settings(
        max_examples=batches, deadline=None, database=None, phases=[Phase.generate], derandomize=upgrades <= 500,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    @given(st.lists(st.integers(0, 2**32), min_size=TOGETHER, max_size=TOGETHER))
    def batch(seeds):
        work = tmp_path_factory.mktemp("batch")
        # hypothesis likes small and equal numbers; a package is worth making once.
        releases = [Release(random.Random(f"{work.name} {n} {seed}"), f"pkg{n}") for n, seed in enumerate(seeds)]
        result, fresh = run(work, releases, True), run(work, releases, False)
        for release, step in zip(releases, result["steps"], strict=True):
            judge(release, step, result["seen"][release.name], fresh["seen"][release.name])
            counts.update(release.kinds)

    batch()
    for kind in edits.KINDS:
        outcome("generated releases", kind.__name__, f"made | {counts[kind.__name__]} edits")
        assert counts[kind.__name__] >= upgrades // 50, f"{kind.__name__} came up {counts[kind.__name__]} times only"
