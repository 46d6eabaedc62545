"""Random modules with state, random programs that change it, random releases: after the upgrade everything is where the design's
table puts it, whatever held it, and the old version is gone.

`make test ARGS="tests/generated --upgrades 5000"` makes that many; each kind of edit must have come up.
"""

import collections
import copy
import json
import pathlib
import random
import re

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.generated import state_model
from tests.generated import state_packages as packages
from tests.support import process
from tests.support.install import Site

HERE = pathlib.Path(__file__).resolve().parent
TOGETHER = 25  # modules in one process


class Release:
    """A module, what it becomes, and what the program does in between."""

    def __init__(self, random, name):
        fresh = packages.Fresh()
        self.name, self.kinds = name, []
        self.old = packages.make_package(random, fresh)
        self.new = copy.deepcopy(self.old)
        for _ in range(random.randrange(1, 6)):
            edit = random.choice(packages.EDITS)
            if edit(random, fresh, self.new):
                self.kinds.append(edit.__name__)
        self.statements = packages.program(random, fresh, self.old, self.new)
        self.files = [{f"{name}.py": packages.source(module)} for module in (self.old, self.new)]

    def story(self):
        old, new = (text for files in self.files for text in files.values())
        return f"{self.name}: {self.kinds}\n--- old\n{old}\n--- new\n{new}\n--- program\n" + "\n".join(self.statements)


def run(work, releases, upgrade):
    """One process on these releases: upgraded from the old to the new, or fresh on the new."""
    site = Site(work / ("site" if upgrade else "fresh"))
    for release in releases:
        site.install(release.name, "1" if upgrade else "2", release.files[0 if upgrade else 1])
    settings_file = work / f"settings-{upgrade}.json"
    statements = {release.name: release.statements for release in releases}
    settings_file.write_text(json.dumps({"packages": statements, "path": str(HERE), "upgrade": upgrade}))

    def install(step):
        site.upgrade(releases[step - 1].name, "2", releases[step - 1].files[1])

    result = process.run(
        work, "state_program", paths=[site.path, HERE], kind="script", oracle=False, install=install, timeout=180,
        mode="upgrade" if upgrade else "none", env={"MIDFLIGHT_GENERATED": str(settings_file)},
    )  # fmt: skip
    assert "error" not in result, result["traceback"] + "\n\n".join(release.story() for release in releases)
    return result


def refused_rightly(seen, theirs):
    """The program filled a container, and the new version has something of another kind there: only then may it be refused."""
    for code, sentence in seen.get("refused", ()):
        name = re.search(r"\['(\w+)'\]", sentence)
        ours, new = (seen["ours"].get(name[1]), theirs.get(name[1])) if name else (None, None)
        kinds = [one["class"] if isinstance(one, dict) and "class" in one else str(one) for one in (ours, new)]
        if code != "state-changed" or (ours and kinds[0] == kinds[1]):
            return False
    return True


def judge(release, seen, theirs):
    """1 when the upgrade was refused as it must be, 0 when it was made."""
    assert refused_rightly(seen, theirs), f"refused: {seen['refused']}\n{release.story()}"
    if "refused" in seen:
        return 1
    found = state_model.wrong(release.old, release.new, seen, theirs)
    assert not found, "\n".join(found) + f"\n{release.story()}"
    return 0


def test_random_state(tmp_path_factory, request, outcome, midflight):
    upgrades = request.config.getoption("--upgrades")
    counts = collections.Counter()

    @settings(
        max_examples=max(1, upgrades // TOGETHER), deadline=None, database=None, phases=[Phase.generate],
        derandomize=upgrades <= 500, suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip
    @given(st.lists(st.integers(0, 2**64), min_size=TOGETHER, max_size=TOGETHER, unique=True))
    def batch(seeds):
        work = tmp_path_factory.mktemp("batch")
        releases = [Release(random.Random(seed), f"st{n}") for n, seed in enumerate(seeds)]
        result, fresh = run(work, releases, True), run(work, releases, False)
        for release in releases:
            counts["refused"] += judge(release, result["steps"][release.name], fresh["theirs"][release.name])
            counts.update(release.kinds)

    batch()
    assert counts["refused"] <= max(2, upgrades // 20), f"{counts['refused']} were refused"
    for edit in packages.EDITS:
        outcome("generated state", edit.__name__, f"made | {counts[edit.__name__]} edits")
        assert counts[edit.__name__] >= upgrades // 60, f"{edit.__name__} came up {counts[edit.__name__]} times only"
