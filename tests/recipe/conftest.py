"""A private environment with the easy_install of an old setuptools, whose site directory is that of an old installation."""

import os
import shutil
import subprocess
import sys
import sysconfig

import pytest

from tests.packages import steps
from tests.support import process

SETUPTOOLS = (
    "65.5.0" if sys.version_info < (3, 12) else "66.1.1"
)  # the last ones that still do it there (docs/installs.md)
EASY_INSTALL = "import sys, setuptools; setuptools.setup(name='easy', packages=[], py_modules=[], script_args=['-q', 'easy_install', *sys.argv[1:]])"


class Place:
    """The environment; `python` runs in it, and imports midflight too."""

    def __init__(self, folder, old_setuptools):
        self.folder, self.old_setuptools = folder, old_setuptools
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True, timeout=120)
        self.python = folder / "venv/bin/python"
        (self.site,) = (folder / "venv/lib").glob("python*/site-packages")
        ours = sysconfig.get_path("purelib")
        (self.site / "a_tests_own.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
        self.pth = self.site / "easy-install.pth"
        (folder / "empty").mkdir()  # setuptools looks around in the working directory

    def easy_install(self, *words):
        env = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "PYTHONMALLOC")}
        env |= {"PYTHONPATH": str(self.old_setuptools), "PYTHONWARNINGS": "ignore"}
        command = [self.python, "-c", EASY_INSTALL, "--no-deps", *map(str, words)]
        done = subprocess.run(
            command, cwd=self.folder / "empty", env=env, capture_output=True, text=True, timeout=process.TIMEOUT
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def install(self, name, version, files, *, zipped):
        """easy_install of a source tree of that project: an egg file or an egg folder."""
        source = self.folder / f"source-{name}-{version}"
        shutil.rmtree(source, ignore_errors=True)  # its build/: distutils keeps what is not a whole second older
        for path, text in files.items():
            (source / path).parent.mkdir(parents=True, exist_ok=True)
            (source / path).write_text(text)
        tops = {path.split("/")[0] for path in files if "/" in path}
        alone = [path[:-3] for path in files if "/" not in path]
        (source / "setup.py").write_text(
            "from setuptools import setup\n"
            f"setup(name={name!r}, version={version!r}, packages={sorted(tops)!r}, py_modules={alone!r}, zip_safe={zipped!r})\n"
        )
        self.easy_install(source)
        (egg,) = self.site.glob(f"{name}-{version}-*.egg")
        assert egg.is_file() == zipped
        return egg

    def run(self, tmp_path, application, install, **options):
        """Runs application.main in a process of this environment; it calls install(step) here. Returns its result."""
        folder = tmp_path / "application"
        folder.mkdir(exist_ok=True)
        (folder / "app.py").write_text(PREAMBLE + application)
        words = {number: word for number, word in enumerate(STEPS)}
        result = process.run(
            tmp_path, "app", paths=[folder], roots=[f"{self.site}/"], kind="script", oracle=False,
            install=lambda step: install(words.get(step, step - len(STEPS))), python=str(self.python), **options,
        )  # fmt: skip
        assert "error" not in result, result["traceback"]
        return result

    def fresh(self, code, cwd):
        done = subprocess.run([self.python, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


STEPS = ("first", "second", "now", "later")  # what an application may say instead of a number
PREAMBLE = (
    f"STEPS = {STEPS!r}"
    + """
import sys


def install(step):
    import __main__

    __main__.install(STEPS.index(step) if step in STEPS else step + len(STEPS))


def eggs(name):
    return [entry for entry in sys.path if isinstance(entry, str) and f"/{name}-" in entry]

"""
)


@pytest.fixture(scope="session")
def old_setuptools():
    try:
        return steps.fetch(f"setuptools=={SETUPTOOLS}")
    except steps.Offline as error:
        pytest.skip(str(error))


@pytest.fixture
def place(tmp_path_factory, old_setuptools):
    return Place(tmp_path_factory.mktemp("place"), old_setuptools)
