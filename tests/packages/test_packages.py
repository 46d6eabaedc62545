"""Real packages from one release to another, in both directions, with every submodule loaded and everything held.

Afterwards the namespaces are those of a fresh process on the new release, symbol by symbol, and the old generation is gone. A step
that meets a case of later work is refused, with the reason; the process then goes on as before. The table says which.
"""

import json
import pathlib

import pytest

from tests.packages import steps
from tests.support import process
from tests.support.install import Site

HERE = pathlib.Path(__file__).parent


def module_names(group, folders):
    """Every module of the prepared releases, packages before what is in them; tests, __main__ and the group's exceptions left out."""
    names = []
    for folder in folders:
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
    return sorted(name for name in names if not name.startswith(steps.LEFT_OUT.get(group, ())))


def start(group, row, target, work, *, fresh=None, mode="upgrade", sample=None):
    """Runs the application on `row`, to be upgraded to `target`; `fresh` names the modules to import, and all there is to do.

    Distributions of the group that have the same version in both rows stand beside it, as others that it needs do.
    """
    names, _, others = steps.GROUPS[group]
    changed = {}
    site, beside = Site(work / "lib" / "python"), Site(work / "beside" / "lib" / "python")
    for name, version, wanted in zip(names, row, target, strict=True):
        release = steps.fetch(f"{name}=={version}")
        if version == wanted and row != target:
            beside.install_prepared(release)
        else:
            site.install_prepared(release)
            changed[name] = steps.fetch(f"{name}=={wanted}")
    for requirement in others:
        beside.install_prepared(steps.fetch(requirement))

    def install(step):
        for name in reversed(changed):
            site.uninstall(name)
            site.install_prepared(changed[name])

    settings = {
        "site": str(site.path),
        "group": group,
        "sample": sample or group,
        "fresh": fresh is not None,
        "import": fresh if fresh is not None else module_names(group, [site.path]),
    }
    return process.run(
        work,
        "application",
        paths=[site.path, beside.path, HERE],
        names=list(changed),
        kind="script",
        mode=mode,
        install=install,
        timeout=180,
        env={"MIDFLIGHT_TEST_PACKAGES": json.dumps(settings), "PYTHONHASHSEED": "0"},
    )


def differences(ours, fresh):
    """Lines that say where the upgraded process is not what a fresh one is."""
    lines = []
    for module in sorted(ours.keys() | fresh.keys()):
        if module not in ours or module not in fresh:
            lines.append(f"module {module} is only in the {'fresh' if module in fresh else 'upgraded'} process")
            continue
        for symbol in sorted(ours[module].keys() | fresh[module].keys()):
            mine, theirs = ours[module].get(symbol, "absent"), fresh[module].get(symbol, "absent")
            if mine != theirs:
                lines.append(f"{module}.{symbol}: {mine} instead of {theirs}")
    return lines


def try_step(group, old, new, work, sample=None):
    """Makes one step and judges it. Returns "live" or "refused: CODES"; raises on anything wrong."""
    result = start(group, old, new, work, sample=sample)
    assert "error" not in result, result["traceback"]
    record = result["upgrades"][0]
    process.judge(result, kept=True)
    if record["refused"] is not None:
        codes = process.refusal_codes(record)
        first = record["refused"][0]
        return f"refused: {', '.join(codes)} | {first['module']}.{first['symbol']}: {first['cause']}"
    assert result["wrong"] == [], "held, and not what the module has: " + ", ".join(result["wrong"][:10])
    if sample is not None:
        return "live"  # state was used, and kept: a fresh process has none
    other = work / "fresh"
    other.mkdir()
    fresh = start(group, new, old, other, fresh=result["loaded"], mode="none")
    assert "error" not in fresh, fresh["traceback"]
    lines = differences(result["namespaces"], fresh["namespaces"])
    assert not lines, f"{len(lines)} symbols differ from a fresh process:\n" + "\n".join(lines[:20])
    return "live"


@pytest.mark.parametrize("group, old, new", [pytest.param(*step, id=steps.label(*step)) for step in steps.steps()])
def test_step(group, old, new, tmp_path, outcome, midflight):
    label = steps.label(group, old, new)
    outcome("packages", label, "failed")
    try:
        text = try_step(group, old, new, tmp_path)
    except steps.Offline as offline:
        outcome("packages", label, "skipped")
        pytest.skip(str(offline))
    outcome("packages", label, text)
    if text != "live":
        assert not steps.must_be_live(group, old, new), "must be live, was " + text
        pytest.xfail(text)


@pytest.mark.parametrize("sample", steps.USED)
def test_used(sample, tmp_path, outcome, midflight):
    """The newest step of a package that was used before, which changes state that later work carries: live, or refused cleanly."""
    group = sample.removesuffix("_used")
    rows = steps.GROUPS[group][1]
    label = f"{steps.label(group, *rows[-2:])} (used before)"
    outcome("packages", label, "failed")
    try:
        text = try_step(group, *rows[-2:], tmp_path, sample)
    except steps.Offline as offline:
        pytest.skip(str(offline))
    outcome("packages", label, text)
    if text != "live":
        pytest.xfail(text)


def test_samples_are_right(tmp_path):
    """The application itself, without midflight: every package's sample works on every release that is used."""
    for group, (_, rows, _) in steps.GROUPS.items():
        for row in rows:
            work = tmp_path / f"{group}-{row[0]}"
            work.mkdir()
            try:
                result = start(group, row, row, work, mode="none")
            except steps.Offline as offline:
                pytest.skip(str(offline))
            assert "error" not in result, f"{group} {row}: {result['traceback']}"
