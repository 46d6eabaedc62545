"""Real installers on wheels made here: an environment, and the command of each tool that puts a version of "lib" into it.

"lib" has many modules, each of which says the version, so that any mixture shows.
"""

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

from tests.support.process import environment

MODULES = 60
FILLING = "".join(f"# {i} what a module has besides\n" for i in range(40))
PIP = Path(importlib.util.find_spec("pip").origin).with_name("__pip-runner__.py")
MIDFLIGHT = Path(importlib.util.find_spec("midflight").origin).parent.parent


def tree(version):
    # of another size in each version: dpkg keeps the times, and Python tells stale bytecode by size and time
    end = "#" + "-" * int(version[0]) + "\n"
    files = {f"lib/m{i}.py": f"N = {version!r}\n{FILLING}{end}" for i in range(MODULES)}
    return {"lib/__init__.py": f"N = {version!r}\n{end}", "lib/data.txt": version, **files}


def make_wheel(folder, version, **more):
    """more: files of the metadata directory."""
    files = tree(version)
    info = f"lib-{version}.dist-info"
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: lib\nVersion: {version}\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files |= {f"{info}/{name}": text for name, text in more.items()}
    rows = []
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(text.encode())}\n")
    files[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"])
    path = Path(folder) / f"lib-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return path


def make_deb(folder, version):
    root = Path(folder) / f"deb-{version}"
    packages = root / "usr/lib/python3/dist-packages"
    info = packages / f"lib-{version}.egg-info"
    for name, text in tree(version).items():
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text(text)
    info.mkdir()
    (info / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: lib\nVersion: {version}\n")
    (info / "top_level.txt").write_text("lib\n")
    (root / "DEBIAN").mkdir()
    control = f"Package: python3-lib\nVersion: {version}\nArchitecture: all\nMaintainer: tests\nDescription: lib\n"
    (root / "DEBIAN/control").write_text(control)
    path = Path(folder) / f"python3-lib_{version}_all.deb"
    subprocess.run(["dpkg-deb", "--build", str(root), str(path)], check=True, capture_output=True)
    return path


def has_easy_install():
    code = "import setuptools.command.easy_install as e; from setuptools import __version__ as v; assert int(v.split('.')[0]) < 67"
    return subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True).returncode == 0


AVAILABLE = {
    "pip": True,
    "uv": bool(shutil.which("uv") or importlib.util.find_spec("uv")),
    "easy_install": has_easy_install(),
    "dpkg": bool(shutil.which("dpkg-deb") and shutil.which("dpkg")) and os.geteuid() == 0,
    "by hand": True,
}


class Environment:
    """A virtual environment without anything in it, and `tool` to change it."""

    def __init__(self, folder, tool):
        self.folder, self.tool, self.prefix = Path(folder), tool, Path(folder) / "env"
        venv.create(self.prefix, with_pip=False, symlinks=True)
        self.python = self.prefix / "bin" / "python"
        name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        self.site = self.prefix / "lib" / name / "site-packages"
        self.paths = []
        if tool == "dpkg":
            self.prefix = self.folder / "system"
            self.site = self.prefix / "usr/lib/python3/dist-packages"
            for part in ("info", "updates", "triggers"):
                (self.prefix / "var/lib/dpkg" / part).mkdir(parents=True)
            for file in ("status", "available"):
                (self.prefix / "var/lib/dpkg" / file).touch()
            self.site.mkdir(parents=True)
            self.paths = [self.site]
        self.made = {}

    def package(self, version):
        if version not in self.made:
            make = make_deb if self.tool == "dpkg" else make_wheel
            self.made[version] = make(self.folder, version)
        return str(self.made[version])

    def command(self, version):
        """What puts the version there, be it newer, older or the same."""
        package = self.package(version)
        if self.tool == "pip":
            # what `pip --python` starts: the process that installs is the one that a kill hits
            command = [self.python, PIP, "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check"]
            return [*command, "--force-reinstall", package]
        if self.tool == "uv":
            program = [shutil.which("uv")] if shutil.which("uv") else [sys.executable, "-m", "uv"]
            command = [
                *program,
                "pip",
                "install",
                "-q",
                "--python",
                self.python,
                "--no-deps",
                "--no-index",
                "--offline",
            ]
            return [*command, "--reinstall", package]
        if self.tool == "easy_install":
            code = (
                "import sys; from setuptools import setup; "
                f"setup(script_args=['-q', 'easy_install', '-N', '-q', '-d', {str(self.site)!r}, {package!r}])"
            )
            return [sys.executable, "-W", "ignore", "-c", code]
        if self.tool == "dpkg":
            return ["dpkg", f"--root={self.prefix}", "--force-all", "--log=/dev/null", "-i", package]
        code = (
            "import pathlib, shutil, sys, zipfile; site = pathlib.Path(sys.argv[1])\n"
            "for old in site.glob('lib*'): shutil.rmtree(old)\n"
            "zipfile.ZipFile(sys.argv[2]).extractall(site)"
        )
        return [sys.executable, "-S", "-c", code, str(self.site), package]

    def environ(self):
        """Of the tool: easy_install wants to see its target on the path."""
        env = environment([self.site] if self.tool == "easy_install" else [])
        return {**env, "UV_CACHE_DIR": str(self.folder / "uv-cache"), "PIP_NO_INPUT": "1", "HOME": str(self.folder)}

    def begin(self, version):
        command = [str(part) for part in self.command(version)]
        return subprocess.Popen(
            command,
            env=self.environ(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def install(self, version):
        child = self.begin(version)
        output = child.communicate(timeout=120)[0]
        assert child.returncode == 0, output.decode(errors="replace")

    def start(self, program, *arguments):
        """The watched process, in this environment, with midflight from where the tests have it."""
        env = environment([*self.paths, MIDFLIGHT])
        command = [str(self.python), str(program), str(self.site), *map(str, arguments)]
        return subprocess.Popen(
            command, env=env, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
