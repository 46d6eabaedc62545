"""The recipe's eggs: versions side by side, easy-install.pth switched as easy_install does it, and a loop that follows.

Paths in a .pth file count only in a real site directory, so the process runs in an environment of its own, made here
beside the one that the tests run in; the latter's packages (midflight itself) are added to it.
"""

import pathlib
import subprocess
import sys
import sysconfig

import pytest

from tests.support import process
from tests.support.install import EggSite

HERE = pathlib.Path(__file__).parent


def version(n):
    return {
        "recipe/__init__.py": f'from .core import Loop, step\n\n__version__ = "{n}.0"\n',
        "recipe/core.py": f"def step():\n    return {n}\n\n\nclass Loop:\n    def turn(self):\n        return (step(), {n})\n",
        **({"recipe/extra.py": "EXTRA = True\n"} if n % 2 == 0 else {}),
    }


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment whose site directory is like that of an old installation; gives its interpreter and that directory."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    python = folder / "bin" / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.strip()
    ours = sysconfig.get_path("purelib")
    (pathlib.Path(purelib) / "a_tests_own.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    return python, pathlib.Path(purelib)


APPLICATION = '''
"""The old recipe's loop, which calls reload_module in every turn; and what it holds from before."""
import sys

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
        seen.append([recipe.__version__, module is recipe is again is sys.modules["recipe"], loop.turn(), table["turn"](), table["step"](),
                     type(loop) is recipe.Loop, step is recipe.step, recipe.__file__, [p for p in sys.path if "recipe-" in p]])
    result["seen"] = seen


def install(step):
    import __main__

    __main__.install(step)
'''


def test_loop_follows_three_upgrades(environment, tmp_path, midflight):
    python, purelib = environment
    site = EggSite(purelib)
    site.add_egg("recipe", "1.0", version(1))
    site.activate("recipe", "1.0")

    def install(step):
        site.add_egg("recipe", f"{step}.0", version(step))
        site.activate("recipe", f"{step}.0")

    application = tmp_path / "application"
    application.mkdir()
    (application / "app.py").write_text(APPLICATION)
    result = process.run(
        tmp_path,
        "app",
        paths=[application],
        roots=[f"{purelib}/"],
        kind="script",
        oracle=False,
        install=install,
        python=str(python),
    )
    assert "error" not in result, result["traceback"]
    for number, seen in enumerate(result["seen"], 1):
        egg = str(purelib / site.egg_name("recipe", f"{number}.0"))
        assert seen[0] == f"{number}.0" and seen[1] is True, seen
        assert seen[2] == [number, number] and seen[3] == [number, number] and seen[4] == number, seen
        assert seen[5] is True and seen[6] is True, seen
        assert seen[7].startswith(egg), (seen[7], egg)
        assert seen[8] == [egg], "the stale eggs are gone from sys.path, the active one is on it once"
    fresh = subprocess.run(
        [python, "-c", "import recipe; print(recipe.__version__)"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
    )
    assert fresh.stdout.strip() == "4.0", "the test's own eggs do not work: " + fresh.stderr


def test_egg_not_yet_active(environment, tmp_path, midflight):
    """An egg that is unpacked but not named by easy-install.pth changes nothing."""
    python, purelib = environment
    site = EggSite(purelib)
    for number in (1, 2):
        site.add_egg("waiting", f"{number}.0", {"waiting.py": f"N = {number}\n"})
    site.activate("waiting", "1.0")
    application = tmp_path / "application"
    application.mkdir()
    (application / "app.py").write_text(
        "import waiting\n\n\ndef main(upgrade, result):\n    import midflight\n\n"
        "    result['seen'] = [midflight.reload_module('waiting') is waiting, waiting.N]\n"
        "    result['status'] = [(e.name, e.loaded, e.installed, e.stale) for e in midflight.status() if e.name == 'waiting']\n"
    )
    result = process.run(
        tmp_path, "app", paths=[application], roots=[f"{purelib}/"], kind="script", oracle=False, python=str(python)
    )
    assert "error" not in result, result["traceback"]
    assert result["seen"] == [True, 1]
    assert result["status"] == [["waiting", "1.0", "1.0", False]]
