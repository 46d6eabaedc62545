"""The conformance scenarios, each in a process of its own.

Two forms of each: "inline", where one module holds, upgrades and checks, so that its frame is on the stack during the
upgrade; and "module", where a module holds, and the check runs later in its namespace.
"""

import re

import pytest

from tests.conformance import scenarios
from tests.support import process
from tests.support.install import Site

pytestmark = pytest.mark.skipif(scenarios.MISSING is not None, reason=str(scenarios.MISSING))
NAMES = [] if scenarios.MISSING else scenarios.names()


@pytest.fixture(scope="session")
def extensions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("extensions")
    return folder, scenarios.build_extensions(folder)


@pytest.fixture(scope="session")
def cases(extensions):
    return scenarios.load(extensions[0])


def start(case, work, form, mode):
    """Puts version 1 on disk (version 2 for a fresh process), runs the scenario, and gives back its result."""
    site = Site(work / "site")
    first, second = (dict(mtime=case.get(key)) for key in ("m1", "m2"))
    if "dmtime" in case:
        now = 1_700_000_000
        first["mtime"], second["mtime"] = now, now + case["dmtime"]
    if mode == "none":
        site.install("lib", "2", scenarios.tree(case["v2"]), **second)
    else:
        site.install("lib", "1", scenarios.tree(case["v1"]), pyc=bool(case.get("pyc")), **first)
    application = work / "application"
    application.mkdir()
    text = case["hold"] + "\n"
    check = case["check"] + "\n"
    if form == "inline":
        text, check = f"{text}__midflight_upgrade__()\n{check}", None
    (application / "app.py").write_text(text)

    def install(step):
        site.upgrade("lib", "2", scenarios.tree(case["v2"]), keep_pyc=bool(case.get("pyc")), **second)

    return process.run(
        work, "app", paths=[site.path, application], names=["lib"], kind="text", mode=mode, check=check, install=install
    )


def shown(result, work):
    """What the scenario shows: its result, or the error that it ended with; without addresses and its directory's name."""
    text = result.get("repr") or result["error"]
    return re.sub(r"0x[0-9a-f]+", "0x", text.replace(str(work), ""))


@pytest.mark.parametrize("form", ["inline", "module"])
@pytest.mark.parametrize("name", NAMES)
def test_scenario(name, form, cases, extensions, tmp_path, outcome, midflight):
    number = name[:2]
    if number >= "70" and extensions[1]:
        pytest.skip(extensions[1])
    table = f"conformance ({form})"
    outcome(table, name, "failed")
    result = start(cases[name], tmp_path, form, "upgrade")
    assert len(result["upgrades"]) == 1, result.get("traceback") or result["output"]
    record = result["upgrades"][0]
    process.judge(result, endless=number in scenarios.ENDLESS)
    if record["refused"] is None:
        assert "error" not in result, result["traceback"]
        assert number not in scenarios.MUST_REFUSE, "version 2 cannot be imported, yet the upgrade was made"
        assert result["repr"] == cases[name]["want"]
        outcome(table, name, "live")
        return
    codes = process.refusal_codes(record)
    assert codes and all(reason["cause"] and reason["action"] for reason in record["refused"]), record["refused"]
    if number in scenarios.MUST_REFUSE:
        assert result["repr"] == cases[name]["want"]
        outcome(table, name, "refused as it must be: " + ", ".join(codes))
        return
    outcome(table, name, "refused: " + ", ".join(codes))
    assert number in scenarios.MAY_REFUSE, "must be live, was refused: " + record["text"]
    other = tmp_path / "untouched"
    other.mkdir()
    untouched = start(cases[name], other, form, "disk")
    assert shown(result, tmp_path) == shown(untouched, other), "refused, and yet the process is not as before"
    pytest.xfail("refused: " + ", ".join(codes))
