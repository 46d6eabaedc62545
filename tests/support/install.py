"""Puts versions of a distribution on disk exactly as an installer leaves them.

A *tree* is a dict: path relative to the site directory -> text, bytes, or a pathlib.Path to copy. `Site` is one
site directory as pip keeps it: install() writes new files and a final RECORD, in pip's order (code, then INSTALLER, then
RECORD by rename); upgrade() removes the old version first, so that between the two there is a moment without
the package, as there is with pip. Nothing here looks at midflight.
"""

import base64
import hashlib
import os
import pathlib
import py_compile
import shutil
import sys


def canonical(name):
    """The file-name form of a distribution's name (PEP 503, with _ for -)."""
    out = []
    for ch in name.lower():
        ch = "_" if ch in "-_." else ch
        if ch != "_" or not out or out[-1] != "_":
            out.append(ch)
    return "".join(out)


def read_tree(folder):
    """The tree that a folder holds; caches and byte code are not part of it."""
    folder = pathlib.Path(folder)
    tree = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            tree[path.relative_to(folder).as_posix()] = path.read_bytes()
    return tree


def _content(value):
    if isinstance(value, pathlib.Path):
        return value.read_bytes()
    return value.encode() if isinstance(value, str) else value


def _row(name, data):
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}"


class Site:
    """A site directory. `path` is to be put on sys.path by whoever starts the process."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def dist_info(self, name):
        """The dist-info directories of a distribution, normally one or none."""
        found = []
        for entry in self.path.glob("*.dist-info"):
            if canonical(entry.name[: -len(".dist-info")].rsplit("-", 1)[0]) == canonical(name):
                found.append(entry)
        return found

    def _write(self, relative, data, mtime=None):
        target = self.path / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        if mtime is not None:
            os.utime(target, (mtime, mtime))

    def install(self, name, version, tree, *, mtime=None, pyc=False, requires=(), metadata=None):
        """Writes a distribution that is not there. `mtime` for every file of it; `pyc` compiles as pip does."""
        info = f"{canonical(name)}-{version}.dist-info"
        rows = []
        for relative in sorted(tree):
            data = _content(tree[relative])
            self._write(relative, data, mtime)
            rows.append(_row(relative, data))
        if pyc:
            for relative in sorted(tree):
                if relative.endswith(".py"):
                    compiled = pathlib.Path(py_compile.compile(str(self.path / relative), doraise=True))
                    rows.append(f"{compiled.relative_to(self.path).as_posix()},,")
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        wheel = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        extra = {"METADATA": "\n".join(lines) + "\n", "WHEEL": wheel}
        extra.update(metadata or {})
        for file, text in extra.items():
            self._write(f"{info}/{file}", text.encode())
            rows.append(_row(f"{info}/{file}", text.encode()))
        self._write(f"{info}/RECORD", ("\n".join([*rows, f"{info}/RECORD,,"]) + "\n").encode())
        self._finish(info, rows)

    def _finish(self, info, rows):
        """INSTALLER, then the final RECORD: the one that lists INSTALLER, renamed into place."""
        for file in ("INSTALLER",):
            temporary = self.path / info / (file + "x.tmp")
            temporary.write_bytes(b"pip\n")
            temporary.rename(self.path / info / file)
            rows.append(_row(f"{info}/{file}", b"pip\n"))
        temporary = self.path / info / "RECORDx.tmp"
        temporary.write_text("\n".join(sorted([*rows, f"{info}/RECORD,,"])) + "\n")
        temporary.rename(self.path / info / "RECORD")

    def install_prepared(self, folder):
        """Installs what `pip install --target folder` left there; scripts go to ../../bin, where its RECORD has them."""
        folder = pathlib.Path(folder)
        (info,) = folder.glob("*.dist-info")
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_dir() or path == info / "RECORD" or "__pycache__" in relative.parts:
                continue
            top = self.path.parent.parent if relative.parts[0] == "bin" else self.path
            (top / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, top / relative)
        temporary = self.path / info.name / "RECORDx.tmp"
        shutil.copyfile(info / "RECORD", temporary)
        temporary.rename(self.path / info.name / "RECORD")

    def uninstall(self, name, *, keep_pyc=False):
        """Removes what RECORD lists, the byte code beside it and directories that became empty; dist-info goes first."""
        for info in self.dist_info(name):
            rows = [row.rsplit(",", 2)[0] for row in (info / "RECORD").read_text().splitlines() if row]
            stash = self.path / ("~" + info.name[1:])
            info.rename(stash)
            folders = set()
            for relative in rows:
                if relative.startswith(info.name + "/") or relative.endswith(".pyc"):
                    continue
                target = self.path / relative
                target.unlink(missing_ok=True)
                folders.add(target.parent)
                if relative.endswith(".py") and not keep_pyc:
                    tag = sys.implementation.cache_tag
                    for stale in (target.parent / "__pycache__").glob(f"{target.stem}.{tag}*.pyc"):
                        stale.unlink()
            self._prune(folders)
            shutil.rmtree(stash)

    def _prune(self, folders):
        for folder in sorted(folders, key=lambda f: len(f.parts), reverse=True):
            while folder != self.path and folder.is_dir():
                cache = folder / "__pycache__"
                if cache.is_dir() and not any(cache.iterdir()):
                    cache.rmdir()
                if any(folder.iterdir()):
                    break
                folder.rmdir()
                folder = folder.parent

    def upgrade(self, name, version, tree, *, keep_pyc=False, **options):
        """pip install -U (or of any other version, the same one included)."""
        self.uninstall(name, keep_pyc=keep_pyc)
        self.install(name, version, tree, **options)


class EggSite:
    """A site directory as easy_install keeps it: eggs beside each other, and easy-install.pth names the active ones."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)

    def egg_name(self, name, version):
        return f"{name}-{version}-py{sys.version_info[0]}.{sys.version_info[1]}.egg"

    def add_egg(self, name, version, tree):
        """Unpacks an egg; nobody uses it before activate()."""
        egg = self.path / self.egg_name(name, version)
        info = {
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            "SOURCES.txt": "\n".join(sorted(tree)) + "\n",
            "dependency_links.txt": "\n",
            "not-zip-safe": "\n",
            "top_level.txt": "\n".join(sorted({p.split("/")[0].removesuffix(".py") for p in tree})) + "\n",
        }
        for file, text in info.items():
            (egg / "EGG-INFO").mkdir(parents=True, exist_ok=True)
            (egg / "EGG-INFO" / file).write_text(text)
        for relative in sorted(tree):
            target = egg / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(_content(tree[relative]))
        return egg

    def activate(self, name, version):
        """What easy_install does last: the new line at the end, the old one of the same project gone, written in place."""
        pth = self.path / "easy-install.pth"
        lines = pth.read_text().splitlines() if pth.exists() else []
        lines = [line for line in lines if line and not line.startswith(f"./{name}-")]
        lines.append(f"./{self.egg_name(name, version)}")
        with open(pth, "w") as file:
            file.write("\n".join(lines) + "\n")
