"""The vault and protect() for installs whose files are not beside their metadata: zipped eggs, editable installs."""

import json
import subprocess
import sys
import textwrap
import zipfile

import pytest

from tests.support.disk import row, write
from tests.support.install import Site
from tests.support.process import environment


def tree(n):
    lines = "" if n == 1 else "# all is new\n# here\n"  # line numbers of the one are wrong in the other
    return {
        "lib/__init__.py": f"{lines}N = {n}\ndef fail():\n    raise ValueError('line of version {n}')\nclass C:\n    version = {n}\n",
        "lib/sub.py": f"{lines}N = {n}\ndef fail():\n    raise ValueError('late line of version {n}')\n",
        "lib/deep/__init__.py": f"N = {n}\n",
        "lib/deep/more.py": f"{lines}N = {n}\n",
        "lib/data.txt": f"data {n}",
        f"lib/only{n}.py": f"N = {n}\n",
        "lib/folder/module.py": f"N = {n}\n",
        "beside.py": f"N = {n}\n",
    }


class Egg:
    """A zipped egg that is itself an entry of sys.path; the same version again is written to the same path."""

    def __init__(self, folder):
        self.path = folder / "lib-1.0-py3.egg"
        self.entries = [self.path]
        self.write(1)

    def write(self, n):
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as egg:
            egg.writestr("EGG-INFO/PKG-INFO", "Metadata-Version: 2.1\nName: lib\nVersion: 1.0\n")
            for name, text in tree(n).items():
                egg.writestr(name, text)

    def change(self, how):
        if how != "in place":
            self.path.unlink()
        if how != "removed":
            self.write(2)


class Editable:
    """A source tree that is on sys.path, and a dist-info that says so."""

    def __init__(self, folder):
        self.tree, site = folder / "source", Site(folder / "site-packages")
        self.entries = [site.path, self.tree]
        self.write(1)
        site.install("lib", "1.0", {"_lib.pth": f"{self.tree}\n"})
        (info,) = site.dist_info("lib")
        direct = json.dumps({"dir_info": {"editable": True}, "url": f"file://{self.tree}"}).encode()
        write(info / "direct_url.json", direct)
        with open(info / "RECORD", "a") as record:
            record.write(row(f"{info.name}/direct_url.json", direct))

    def write(self, n):
        for name, text in tree(n).items():
            write(self.tree / name, text.encode())

    def change(self, how):
        if how != "in place":
            for name in tree(1):
                (self.tree / name).unlink()
        if how != "removed":
            self.write(2)


PRELUDE = """
import importlib, importlib.resources, inspect, pkgutil, sys, time, traceback
import lib
import midflight
from midflight import _engine


def change():
    print("change", flush=True)
    assert sys.stdin.readline() == "done\\n"
    importlib.invalidate_caches()


def until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "never"
        time.sleep(0.002)


def lines(function):
    try:
        function()
    except ValueError:
        return traceback.format_exc()


"""


@pytest.fixture(params=[Egg, Editable])
def program(request, tmp_path, midflight):
    install = request.param(tmp_path)

    def run(how, script):
        path = tmp_path / "program.py"
        path.write_text(PRELUDE + textwrap.dedent(script))
        env = {**environment(install.entries), "MIDFLIGHT_VAULT": str(tmp_path / "vault")}
        with subprocess.Popen(
            [sys.executable, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=env, cwd=tmp_path,
        ) as child:  # fmt: skip
            first = child.stdout.readline()
            if first == "change\n":
                install.change(how)
            output = child.communicate("done\n", timeout=100)
            assert child.returncode == 0 and first == "change\n", output
            assert output[1] == "", output

    return run


HOWS = pytest.mark.parametrize("how", ["replaced", "in place", "removed"])


@HOWS
def test_late_imports(program, how):
    """Without protect(): what is imported late is of the version that is loaded, and of no other."""
    program(
        how,
        """
        (state,) = [row for row in _engine.kept(30)["kept"] if row[0] == "lib"]
        assert state[2] == "kept", state
        change()
        late = [importlib.import_module(f"lib.{name}") for name in ("sub", "deep.more", "only1")]
        assert [module.N for module in late] == [1, 1, 1] and lib.deep.N == 1
        assert importlib.import_module("beside").N == 1
        folder = importlib.import_module("lib.folder")
        assert importlib.import_module("lib.folder.module").N == 1
        assert "vault" in list(folder.__path__)[0] or not sys.path[1].endswith(".egg"), sys.path
        assert all("vault" in module.__file__ for module in late[:2]), late
        assert "late line of version 1" in lines(lib.sub.fail) and "N = 1" in inspect.getsource(lib.sub)
        assert importlib.resources.files("lib.deep").joinpath("more.py").read_text().endswith("N = 1\\n")
        """,
    )


@HOWS
def test_what_loaded_code_reads(program, how):
    program(
        how,
        """
        protection = midflight.protect()
        assert ("lib", "1.0", "") in protection.kept, protection
        before = lib.__file__
        change()
        until(lambda: lib.__file__ != before)
        assert importlib.resources.files("lib").joinpath("data.txt").read_text() == "data 1"
        assert pkgutil.get_data("lib", "data.txt") == b"data 1"
        assert "only1" in [module.name for module in pkgutil.iter_modules(lib.__path__)]
        assert "line of version 1" in inspect.getsource(lib.fail) and "version = 1" in inspect.getsource(lib.C)
        assert "raise ValueError('line of version 1')" in lines(lib.fail), lines(lib.fail)
        assert importlib.import_module("lib.deep.more").N == 1
        """,
    )


def test_the_new_one_is_taken(program):
    """What is kept stands in nobody's way: upgrade() takes what is installed, and late imports are of that."""
    program(
        "replaced",
        """
        midflight.protect()
        held, before = lib.fail, lib.__file__
        change()
        until(lambda: lib.__file__ != before)
        assert importlib.import_module("lib.sub").N == 1
        midflight.upgrade("lib")
        assert lib.N == 2 and held is lib.fail and importlib.import_module("lib.sub").N == 2
        assert importlib.import_module("lib.deep.more").N == importlib.import_module("lib.only2").N == 2
        assert importlib.import_module("beside").N == 2 and pkgutil.get_data("lib", "data.txt") == b"data 2"
        assert "vault" not in lib.__file__
        """,
    )
