"""midflight.refresh_path() in a real process: what a program did to sys.path stays, what .pth files say now is followed."""

import os
import sys

import pytest

from tests.support.install import EggSite

ALONE = """
import os


def main(upgrade, result):
    import midflight

    class Odd:
        def __eq__(self, other):
            raise RuntimeError("compared")

    odd = Odd()
    gone = sys.path.pop()                              # the program takes site's last entry out
    sys.path.insert(0, "")
    sys.path[1:1] = ["relative/entry", "http://host/packages", odd, None]
    sys.path.append("/own/behind")
    before = sys.path
    change = midflight.refresh_path()
    result["nothing"] = [list(change.added), list(change.removed), sys.path is before, len(change.kept) == len(before)]
    install("now")
    change = midflight.refresh_path()
    result["added"], result["removed"], result["waiting"] = list(change.added), list(change.removed), list(change.waiting)
    result["path"] = ["<odd>" if p is odd else p for p in sys.path]
    result["gone"], result["bound"] = gone, sys.path is not before
    import second_egg
    result["file"] = second_egg.__file__
    try:
        import first_egg
    except ImportError:
        result["stale"] = "gone"
"""


def test_what_the_program_did_stays(place, tmp_path, midflight):
    eggs = EggSite(place.site)
    one = eggs.add_egg("first", "1.0", {"first_egg.py": ""})
    two = eggs.add_egg("second", "1.0", {"second_egg.py": ""})
    last = tmp_path / "last"
    last.mkdir()
    place.pth.write_text(f"./{one.name}\n")
    (place.site / "zz.pth").write_text(f"{last}\n")

    def install(step):
        place.pth.write_text(f"./{two.name}\n")
        (place.site / ".hidden.pth").write_text("/tmp\n")

    result = place.run(tmp_path, ALONE, install)
    assert result["nothing"] == [[], [], True, True]
    hidden = ["/tmp"] if place.fresh("import sys; print('/tmp' in sys.path)", tmp_path) == "True" else []
    assert result["added"] == [*hidden, str(two)] and result["removed"] == [str(one)] and result["waiting"] == []
    assert result["bound"] is True and result["gone"] == str(last) not in result["path"]
    assert result["path"][:5] == ["", "relative/entry", "http://host/packages", "<odd>", None]
    fresh = place.fresh("import sys, json; print(json.dumps(sys.path))", tmp_path)
    order = [p for p in result["path"] if p in (str(place.site), str(two), "/own/behind")]
    assert order == [str(place.site), str(two), "/own/behind"] and str(two) in fresh
    assert result["file"].startswith(str(two)) and result["stale"] == "gone"


WRITTEN = """
def main(upgrade, result):
    import midflight

    before, copy = sys.path, list(sys.path)
    install("now")
    change = midflight.refresh_path()
    result["waiting"] = [list(change), sys.path is before and before == copy]
    install("later")
    result["later"] = list(midflight.refresh_path().added)
"""


@pytest.mark.parametrize("text", ["", "./second-1.0"])
def test_half_written(place, tmp_path, midflight, text):
    eggs = EggSite(place.site)
    egg = eggs.add_egg("second", "1.0", {"second_egg.py": ""})
    place.pth.write_text("\n")

    def install(step):
        place.pth.write_text(text if step == "now" else f"./{egg.name}\n")

    result = place.run(tmp_path, WRITTEN, install)
    assert result["waiting"] == [[[], [], [], [str(place.pth)], []], True]
    assert result["later"] == [str(egg)]


LINES = """
def main(upgrade, result):
    import midflight

    install("now")
    first = midflight.refresh_path()
    result["named"] = [list(line) for line in first.import_lines]
    result["not_run"] = "marked" not in vars(sys)
    try:
        midflight.refresh_path(run_imports=True)
    except ZeroDivisionError as error:
        result["raised"] = str(error)
    result["marked"] = getattr(sys, "marked", None)
    result["rest"] = [list(line) for line in midflight.refresh_path(run_imports=True).import_lines]
    result["once"] = getattr(sys, "marked", None)
"""


def test_import_lines_run_only_when_asked(place, tmp_path, midflight):
    """Each once, with the names that such lines look for; one that fails ends its file and not the others."""
    (place.site / "old.pth").write_text("import sys; sys.at_start = True\n")
    line = "import sys; f = sys._getframe(1).f_locals; sys.marked = getattr(sys, 'marked', 0) + len({f['sitedir'], f['fullname'], f['name']})"

    def install(step):
        (place.site / "new1.pth").write_text("import sys; 1 / 0\nimport sys; sys.marked = 99\n")
        (place.site / "new2.pth").write_text(f"# comment\n{line}\n")

    result = place.run(tmp_path, LINES, install)
    one, two = str(place.site / "new1.pth"), str(place.site / "new2.pth")
    assert [entry[:2] for entry in result["named"]] == [[one, 1], [one, 2], [two, 2]] and result["not_run"]
    assert "division" in result["raised"] and result["marked"] == result["once"] == 3 and result["rest"] == []


THREADS = """
import threading


def main(upgrade, result):
    import importlib
    import midflight

    stop, errors, counts = threading.Event(), [], [0] * 4

    def work(number):
        while not stop.is_set():
            try:
                sys.modules.pop(f"always{number}", None)
                importlib.import_module(f"always{number}")
                counts[number] += 1
            except BaseException as error:
                errors.append(repr(error))

    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    changes = 0
    for turn in range(60):
        install(turn)
        changes += bool(midflight.refresh_path().added)
    stop.set()
    for thread in threads:
        thread.join()
    result["errors"], result["counts"], result["changes"] = errors[:3], counts, changes
"""


def test_threads_that_import_meanwhile_never_fail(place, tmp_path, midflight):
    eggs = EggSite(place.site)
    names = [eggs.add_egg("turn", f"{n}.0", {"turning.py": ""}).name for n in range(2)]
    last = tmp_path / "last"
    last.mkdir()
    for number in range(4):
        (last / f"always{number}.py").write_text("")
    (place.site / "zz.pth").write_text(f"{last}\n")  # behind what comes and goes
    place.pth.write_text(f"./{names[1]}\n")
    result = place.run(tmp_path, THREADS, lambda step: place.pth.write_text(f"./{names[step % 2]}\n"))
    assert result["errors"] == [] and result["changes"] == 60 and min(result["counts"]) > 0


BARE = """
def main(upgrade, result):
    import midflight

    before = sys.path
    install("now")
    change = midflight.refresh_path()
    result["seen"] = [list(change.added), list(change.removed), sys.path is before]
"""


def test_without_site(place, tmp_path, midflight):
    """-S: no site directory is anybody's business, also when the site module was imported later."""
    import sysconfig

    egg = EggSite(place.site).add_egg("second", "1.0", {"second_egg.py": ""})
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "application"), sysconfig.get_path("purelib")])}
    result = place.run(tmp_path, BARE, lambda step: place.pth.write_text(f"./{egg.name}\n"), flags=("-S",), env=env)
    assert result["seen"] == [[], [], True], sys.version


def test_the_users_site_directory_appears(place, tmp_path, midflight):
    """A fresh interpreter has it before the installation's; with -s it has not."""
    config = place.folder / "venv/pyvenv.cfg"
    config.write_text(config.read_text().replace("packages = false", "packages = true"))
    env = {"PYTHONUSERBASE": str(tmp_path / "user")}
    user = tmp_path / "user" / place.site.relative_to(place.folder / "venv")
    result = place.run(tmp_path, BARE, lambda step: user.mkdir(parents=True), env=env)
    assert result["seen"] == [[str(user)], [], False]
    result = place.run(tmp_path, BARE, lambda step: None, env=env, flags=("-s",))
    assert result["seen"] == [[], [], True]
