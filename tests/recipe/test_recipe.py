"""reload_module with real easy_install: folders and zip files, upgrades in a row, a downgrade, removals, and what is half done."""

import os

import pytest


def version(n):
    return {
        "recipe/__init__.py": f'from .core import Loop, step\n\n__version__ = "{n}.0"\n',
        "recipe/core.py": f"def step():\n    return {n}\n\n\nclass Loop:\n    def turn(self):\n        return (step(), {n})\n",
        "recipe/late.py": f"N = {n}\n",
        **({"recipe/extra.py": "EXTRA = True\n"} if n % 2 == 0 else {}),
    }


LOOP = """
import recipe
from recipe import Loop, step


def main(upgrade, result):
    import midflight

    loop, table, seen = Loop(), {"turn": Loop().turn, "step": step}, []
    for number in range(1, 5):
        if number > 1:
            install(number)
        module = midflight.reload_module("recipe")
        again = midflight.reload_module("recipe")
        import recipe.late
        seen.append([recipe.__version__, module is recipe is again is sys.modules["recipe"], loop.turn(), table["turn"](),
                     table["step"](), type(loop) is recipe.Loop, step is recipe.step, recipe.__file__, eggs("recipe"),
                     recipe.late.N])
    result["seen"] = seen
"""


def check_loop(seen, place, kinds):
    for number, entry in enumerate(seen, 1):
        (egg,) = place.site.glob(f"recipe-{number}.0-*.egg")
        assert egg.is_file() == kinds[number - 1]
        assert entry[:2] == [f"{number}.0", True]
        assert entry[2:5] == [[number, number], [number, number], number]
        assert entry[5:7] == [True, True]
        assert entry[7].startswith(f"{egg}/") and entry[8] == [str(egg)], (
            "the stale eggs are gone, the new one is there once"
        )
        assert entry[9] == number


@pytest.mark.parametrize("kinds", [[1, 1, 1, 1], [0, 0, 1, 0]], ids=["zip", "mixed"])
def test_three_upgrades_in_a_row(place, tmp_path, midflight, kinds):
    place.install("recipe", "1.0", version(1), zipped=bool(kinds[0]))
    result = place.run(
        tmp_path, LOOP, lambda step: place.install("recipe", f"{step}.0", version(step), zipped=bool(kinds[step - 1]))
    )
    check_loop(result["seen"], place, kinds)
    assert place.fresh("import recipe; print(recipe.__version__)", tmp_path) == "4.0"


ONCE = """
import recipe


def main(upgrade, result):
    import midflight

    held = recipe.step
    before, rest = recipe.__file__, list(sys.path)
    for step in ("first", "second"):
        install(step)
        try:
            module = midflight.reload_module("recipe")
            result[step] = [module.__version__, held(), recipe.step is held, module.__file__, eggs("recipe")]
        except midflight.Error as error:
            result[step] = [type(error).__name__, [r.code for r in getattr(error, "reasons", ())], str(error), held(), eggs("recipe")]
        result[step].append([p for p in sys.path if "recipe-" not in p] == [p for p in rest if "recipe-" not in p])
"""


@pytest.mark.parametrize("zipped", [True], ids=["zip"])
def test_downgrade(place, tmp_path, midflight, zipped):
    """Once by easy_install, which switches the line, and once by hand in easy-install.pth."""
    old = place.install("recipe", "1.0", version(1), zipped=zipped)
    new = place.install("recipe", "2.0", version(2), zipped=zipped)

    def install(step):
        if step == "first":
            place.easy_install(old)
        else:
            place.pth.write_text(f"./{new.name}\n")
            os.utime(place.pth)

    result = place.run(tmp_path, ONCE, install)
    assert result["first"] == ["1.0", 1, True, f"{old}/recipe/__init__.py", [str(old)], True]
    assert result["second"][:3] == ["2.0", 2, True] and result["second"][4] == [str(new)]


@pytest.mark.parametrize("zipped", [False, True], ids=["folders", "zip"])
def test_same_version_at_the_same_path(place, tmp_path, midflight, zipped):
    """easy_install writes the egg anew where it was: what zipimport remembers of it is wrong from then on."""
    egg = place.install("recipe", "1.0", version(1), zipped=zipped)
    inode = egg.stat().st_ino

    def install(step):
        number = {"first": 7, "second": 9}[step]
        longer = {**version(number), "recipe/aaa.py": "# " + "x" * 300 * number}  # everything in it moves
        place.install("recipe", "1.0", longer, zipped=zipped)

    result = place.run(tmp_path, ONCE, install)
    assert result["first"][1:3] == [7, True] and result["second"][1:3] == [9, True], (result, inode)
    assert result["second"][4:] == [[str(egg)], True]


def test_egg_removed(place, tmp_path, midflight):
    """The line is gone, and then the egg: the program goes on with what it has."""
    egg = place.install("recipe", "1.0", version(1), zipped=True)
    lines = place.pth.read_text()

    def install(step):
        if step == "first":
            place.pth.write_text(lines.replace(f"./{egg.name}\n", "") or "\n")
        else:
            egg.unlink()

    result = place.run(tmp_path, ONCE, install)
    for step in ("first", "second"):
        assert result[step][0] == "Error" and "not installed any more" in result[step][2]
        assert result[step][3] == 1 and result[step][-1] is True


def test_easy_install_pth_caught_empty(place, tmp_path, midflight):
    """Between open and write: refused, sys.path as it was; a moment later it is taken."""
    place.install("recipe", "1.0", version(1), zipped=True)
    new = place.install("recipe", "2.0", version(2), zipped=True)
    (old,) = place.site.glob("recipe-1.0-*.egg")
    place.easy_install(old)

    def install(step):
        place.pth.write_text("" if step == "first" else f"./{new.name}\n")

    result = place.run(tmp_path, ONCE, install)
    assert (
        result["first"][:2] == ["UpgradeRefused", ["install-unfinished"]] and "easy-install.pth" in result["first"][2]
    )
    assert result["first"][3:] == [1, [str(old)], True]
    assert result["second"][:3] == ["2.0", 2, True]


IMPORTS = """
def main(upgrade, result):
    import midflight

    result["before"] = eggs("recipe")
    path, modules = sys.path, dict(sys.modules)
    try:
        midflight.reload_module("recipe_that_is_not_there")
    except ImportError as error:
        result["missing"] = [error.name, sys.path is path, sorted(n for n in set(sys.modules) - set(modules) if n.split(".")[0] not in sys.stdlib_module_names), eggs("recipe")]
    install("now")
    path, copy = sys.path, list(sys.path)
    try:
        midflight.reload_module("recipe.nowhere.deep")
    except ImportError as error:
        result["deep"] = [error.name, sys.path is path, sys.path == copy]
    sys.modules.pop("recipe", None)
    module = midflight.reload_module("recipe")
    result["imported"] = [module.__version__, module is sys.modules["recipe"], eggs("recipe"), sys.path is path, path == copy]
    install("later")
    module = midflight.reload_module("recipe")
    result["later"] = [module.__version__, eggs("recipe")]
"""


def test_module_that_is_not_imported_yet(place, tmp_path, midflight):
    """It is imported from where a fresh interpreter would; one that is not there changes nothing but raises ImportError."""

    def install(step):
        place.install("recipe", "1.0" if step == "now" else "2.0", version(1 if step == "now" else 2), zipped=True)

    result = place.run(tmp_path, IMPORTS, install)
    one, two = (str(next(place.site.glob(f"recipe-{n}.0-*.egg"))) for n in (1, 2))
    assert result["before"] == [] and result["missing"] == ["recipe_that_is_not_there", True, [], []]
    assert result["deep"] == ["recipe.nowhere", True, True]
    assert result["imported"] == ["1.0", True, [one], False, True], "sys.path is bound anew, never edited"
    assert result["later"] == ["2.0", [two]]


HERE = """
import pathlib
import mine


def main(upgrade, result):
    import midflight

    held = mine.answer
    install("now")
    module = midflight.reload_module("mine")
    result["seen"] = [module.answer(), held(), held is module.answer]
"""


def test_module_of_the_working_directory(place, tmp_path, midflight):
    folder = tmp_path / "application"
    folder.mkdir()
    (folder / "mine.py").write_text("def answer():\n    return 1\n")
    result = place.run(tmp_path, HERE, lambda step: (folder / "mine.py").write_text("def answer():\n    return 42\n"))
    assert result["seen"] == [42, 42, True]


BACK = """
import recipe


def main(upgrade, result):
    import midflight

    held, seen = recipe.step, []
    sys.path.append("/own")
    install("now")
    seen.append([midflight.upgrade("recipe", keep=60).upgraded != [], held(), eggs("recipe")])
    midflight.rollback()
    seen.append([held(), recipe.__version__, eggs("recipe"), sys.path[-1]])
    seen.append([midflight.reload_module("recipe").__version__, held(), eggs("recipe"), sys.path[-1]])
    result["seen"] = seen
"""


def test_rollback_takes_the_old_egg_back(place, tmp_path, midflight):
    """And the next upgrade finds the new one: what was rolled back was not the program's doing."""
    one = place.install("recipe", "1.0", version(1), zipped=True)
    result = place.run(tmp_path, BACK, lambda step: place.install("recipe", "2.0", version(2), zipped=True))
    (two,) = place.site.glob("recipe-2.0-*.egg")
    assert result["seen"] == [
        [True, 2, [str(two)]],
        [1, "1.0", [str(one)], "/own"],
        ["2.0", 2, [str(two)], "/own"],
    ]
