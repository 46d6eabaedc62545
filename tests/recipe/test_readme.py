"""The loop of the README, with real eggs of requests: run as it stands there, it prints what stands there."""

import pathlib
import re
import subprocess
import zipfile

import pytest

from tests.packages import steps
from tests.support import process

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
RELEASES = ["2.31.0", "2.32.5", "2.33.1"]
NEEDED = steps.PACKAGES["requests"]["beside"]


def blocks():
    """The program and its output: the two indented blocks of the section."""
    section = README.read_text().split("## The old recipe\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"(?:^    .*\n|^\n(?=    ))+", section, re.M)
    return [re.sub("^    ", "", block, flags=re.M).strip("\n") + "\n" for block in found]


def wheel(release, folder):
    """The wheel that pip installed, made again: easy_install takes wheels, and makes folders of them."""
    (info,) = release.glob("*.dist-info")
    name, version = info.name[: -len(".dist-info")].split("-")
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(release.rglob("*")):
            relative = file.relative_to(release)
            if file.is_file() and relative.parts[0] not in ("bin", "__pycache__"):
                archive.write(file, relative)
    return path


def test_the_loop_prints_what_the_readme_says(place, tmp_path, midflight):
    try:
        wheels = [wheel(steps.fetch(f"requests=={release}"), tmp_path) for release in RELEASES]
        beside = [steps.fetch(requirement) for requirement in NEEDED]
    except steps.Offline as error:
        pytest.skip(str(error))
    program, expected = blocks()[:2]
    place.easy_install(wheels[0])
    (tmp_path / "loop.py").write_text(program)
    child = subprocess.Popen(
        [place.python, "-u", tmp_path / "loop.py"],
        env=process.environment(beside),
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = []
    try:
        for release, line in zip([*wheels[1:], None], child.stdout, strict=False):
            lines.append(line)
            if release:
                place.easy_install(release)
        assert child.wait(timeout=process.TIMEOUT) == 0
    finally:
        child.kill()
        child.wait()
    tag = re.compile(r"-py3\.\d+\.egg")
    assert tag.sub(".egg", "".join(lines)) == tag.sub(".egg", expected)
