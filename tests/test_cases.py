"""Our own cases: each folder of tests/cases, in a process of its own. Adding a case adds a folder, no code.

NAME/v1/ NAME/v2/   what each version of the distribution puts into the site directory
NAME/DIST           optional: one line per distribution, "name old-version new-version"; "-" for "not installed".
                    Without it: one distribution, named as the folder, versions 1 and 2. With more than one line
                    the trees are v1/name/ and v2/name/.
NAME/app/           optional: more modules of the application
NAME/check.py       the application. It is imported under the name `application` before the upgrade, and its own globals
                    count as held. It defines
    hold(), check(held[, report])     what runs before and after the upgrade, or
    run(upgrade)                      all of it, calling upgrade() itself; upgrade() returns the report, or None
    EXPECT = "live"                   or "refused" or "refused:CODE"; after a refusal check() sees version 1
    FRESH = False                     when a process started on version 2 cannot show the same
    ENDLESS = True                    when threads run code of version 1 to the end of the process
    UPGRADE = {"names": [...], "wait": ..., "when": ...}
"""

import ast
import pathlib
import shutil

import pytest

from tests.support import process
from tests.support.install import Site, read_tree

CASES = pathlib.Path(__file__).parent / "cases"
NAMES = sorted(folder.name for folder in CASES.iterdir() if (folder / "check.py").is_file())


class Case:
    """A folder of tests/cases, read."""

    def __init__(self, name):
        self.folder = CASES / name
        values = {"EXPECT": "live", "FRESH": True, "KEPT": False, "ENDLESS": False, "UPGRADE": {}}
        for node in ast.parse((self.folder / "check.py").read_text()).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in values:
                values[node.targets[0].id] = ast.literal_eval(node.value)
        self.expect, self.fresh = values["EXPECT"], values["FRESH"]
        self.kept, self.endless = values["KEPT"], values["ENDLESS"]
        self.options = dict(values["UPGRADE"])
        listing = self.folder / "DIST"
        lines = (
            [line.split() for line in listing.read_text().splitlines() if line]
            if listing.exists()
            else [[name, "1", "2"]]
        )
        self.dists = lines
        self.upgraded = [line[0] for line in lines if line[1] != line[2] or len(lines) == 1]
        self.names = self.options.pop("names", [line[0] for line in lines if line[1] != "-"])

    def tree(self, version, dist):
        folder = self.folder / ("v1" if version == 0 else "v2")
        return read_tree(folder / dist if len(self.dists) > 1 else folder)

    def put(self, site, version):
        """Makes the site directory hold the old (0) or the new (1) versions."""
        for name, *versions in self.dists:
            if versions[version] == "-":
                site.uninstall(name)
            elif site.dist_info(name) and name not in self.upgraded:
                continue
            elif site.dist_info(name):
                site.upgrade(name, versions[version], self.tree(version, name))
            else:
                site.install(name, versions[version], self.tree(version, name))

    def run(self, work, mode, version=0, extra=None):
        site = Site(work / "site")
        self.put(site, version)
        application = work / "application"
        application.mkdir()
        if (self.folder / "app").is_dir():
            shutil.copytree(self.folder / "app", application, dirs_exist_ok=True)
        shutil.copy(self.folder / "check.py", application / "application.py")
        files = {
            path for dist, *_ in self.dists if dist in self.upgraded for n in (0, 1) for path in self.tree(n, dist)
        }
        return process.run(
            work,
            "application",
            paths=[site.path, application],
            roots=[site.path / file for file in sorted(files)],
            names=self.names,
            mode=mode,
            install=lambda step: self.put(site, 1),
            options=self.options,
            extra=extra,
        )


@pytest.mark.parametrize("name", NAMES)
def test_case(name, tmp_path, outcome, midflight):
    case = Case(name)
    outcome("cases", name, "failed")
    result = case.run(tmp_path, "upgrade")
    assert result["upgrades"], result.get("traceback") or result["output"]
    process.judge(result, kept=case.kept, endless=case.endless)
    codes = [code for record in result["upgrades"] for code in process.refusal_codes(record)]
    wanted = case.expect.partition(":")[2]
    if case.expect == "live":
        assert not codes, "must be live, was refused: " + "; ".join(record["text"] for record in result["upgrades"])
    else:
        assert codes, "must be refused, was made"
        assert not wanted or wanted in codes, f"refused for {codes}, not for {wanted}"
    assert "error" not in result, result["traceback"]
    outcome("cases", name, "refused as it must be: " + ", ".join(codes) if codes else "live")


@pytest.mark.parametrize("name", NAMES)
def test_case_is_right(name, tmp_path):
    """The case itself, without midflight: a fresh process on version 2 (on version 1, if it is to be refused) passes its check."""
    case = Case(name)
    if not case.fresh:
        pytest.skip("a fresh process cannot show the same")
    result = case.run(tmp_path, "none", version=1 if case.expect == "live" else 0)
    assert "error" not in result, result["traceback"]
