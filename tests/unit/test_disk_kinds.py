"""src/disk on every kind of install beside wheels and unzipped eggs (test_disk.py has those), and on input that is wrong."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.disk import CODE, TREE, Probe, easy_install, install, later, make_egg, make_wheel, pip, row, write

HEADER = "Metadata-Version: 1.0\nName: Demo.Dist\nVersion: 1.0\n"


def facts(probe, site, name):
    answers = probe.run("dist", site, name)
    (dist,) = (a for a in answers if a["is"] == "dist")
    (loaded,) = (a for a in answers if a["is"] == "loaded")
    return dist | loaded, [a for a in answers if a["is"] == "file"], [a for a in answers if a["is"] == "problem"]


def modules(files):
    return {file["module"]: file["path"] for file in files if file["module"]}


# ---- .egg-info ----


@pytest.mark.parametrize("name", ["Demo.Dist-1.0-py3.11.egg-info", "demo_dist.egg-info"])
def test_egg_info_folder(probe, site, name):
    info = site / name
    write(info / "PKG-INFO", HEADER)
    for path, content in CODE.items():
        write(site / path, content)
    dist, files, problems = facts(probe, site, "demo-dist")
    assert (dist["kind"], dist["name"], dist["version"], dist["list"]) == ("egg-info", "demo-dist", "1.0", "none")
    assert files == problems == [] and probe.code(site, "demo-dist", later()) == "handmade"
    write(info / "top_level.txt", "demo\n")
    dist, files, problems = facts(probe, site, "demo-dist")
    assert dist["list"] == "tops" and modules(files).keys() == {"demo", "demo.sub"}
    assert probe.code(site, "demo-dist") == "pending", "it may still be copied"
    assert probe.code(site, "demo-dist", later()) == "ready"
    rows = ["../demo/__init__.py", "../demo/__pycache__/__init__.cpython-311.pyc", "../../bin/demo", "PKG-INFO"]
    write(info / "installed-files.txt", "\n".join(rows) + "\n")
    dist, files, problems = facts(probe, site, "demo-dist")
    assert dist["list"] == "installed-files" and modules(files) == {"demo": str(site / "demo/__init__.py")}
    assert probe.code(site, "demo-dist", later()) == "ready"
    (site / "demo/__init__.py").unlink()
    assert probe.code(site, "demo-dist") == "unfinished" and probe.code(site, "demo-dist", later()) == "modified"


def test_egg_info_file(probe, site):
    """What distutils leaves: the PKG-INFO alone. It says who, and nobody says what."""
    write(site / "Demo.Dist-1.0.egg-info", HEADER)
    dist, files, problems = facts(probe, site, "demo-dist")
    assert (dist["kind"], dist["version"], dist["list"], files) == ("egg-info", "1.0", "none", [])
    assert dist["metadata_dir"] == str(site / "Demo.Dist-1.0.egg-info")
    before = probe.one("identity", "dist", site, "demo-dist")
    write(site / "Demo.Dist-1.0.egg-info", HEADER + "Summary: other\n")
    assert probe.one("identity", "dist", site, "demo-dist")["content"] != before["content"]


# ---- the lists of package managers ----


def debian(root):
    site = root / "usr/lib/python3/dist-packages"
    for path, content in CODE.items():
        write(site / path, content)
    return site, root / "var/lib/dpkg/info"


@pytest.mark.parametrize("form", ["folder", "file", "dist-info"])
def test_dpkg(probe, tmp_path, form):
    site, lists = debian(tmp_path)
    name = "Demo.Dist-1.0.dist-info" if form == "dist-info" else "Demo.Dist-1.0.egg-info"
    metadata = name if form == "file" else f"{name}/{'METADATA' if form == 'dist-info' else 'PKG-INFO'}"
    write(site / metadata, HEADER)
    write(site / "other.egg-info", "Metadata-Version: 1.0\nName: other\nVersion: 3\n")
    listed = ["/.", "/usr", str(site), str(site / "demo"), *(str(site / path) for path in CODE), str(site / name)]
    listed += [] if form == "file" else [str(site / metadata)]
    listed = [path.removeprefix(str(tmp_path)) for path in listed]  # as dpkg --root writes them
    write(lists / "python3-demo.list", "\n".join([*listed, "/usr/share/doc/demo/copyright"]) + "\n")
    write(lists / "other.list", "/usr/bin/x\nnot absolute\n")
    dist, files, problems = facts(probe, site, "demo-dist")
    assert dist["list"] == "dpkg" and modules(files).keys() == {"demo", "demo.sub"}
    assert str(site / "demo") not in {file["path"] for file in files}, "a folder is no file"
    assert [(p["file"], p["line"]) for p in problems] == [(str(lists / "other.list"), 2)]
    assert probe.code(site, "demo-dist", later()) == "ready"
    assert probe.ask("loaded", "dist", site, "other")[0]["list"] == "none"
    (site / "demo/sub.py").unlink()
    assert probe.code(site, "demo-dist", later()) == "modified"
    write(site / "demo.py.dpkg-new", "")
    assert probe.code(site, "demo-dist") == "unfinished", "dpkg is at work"


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed any more"])
def test_dpkg_half_way(probe, tmp_path, listed):
    """dpkg's journal and its states count, also for metadata that its lists do not have: it changes lists before files."""
    site, lists = debian(tmp_path)
    for name in ("PKG-INFO", "top_level.txt"):
        write(site / "Demo.Dist-1.0.egg-info" / name, HEADER if name == "PKG-INFO" else "demo\n")
    metadata = [str(site / "Demo.Dist-1.0.egg-info")] if listed else []
    files = [str(site / path) for path in CODE]
    paths = [path.removeprefix(str(tmp_path)) for path in [str(site), *files, *metadata]]
    write(lists / "python3-demo:all.list", "\n".join(["/.", *paths]) + "\n")

    def state(own, other="install ok installed", journal=()):
        for old in (tmp_path / "var/lib/dpkg/updates").glob("*"):
            old.unlink()
        for name in journal:
            write(tmp_path / "var/lib/dpkg/updates" / name, "")
        stanzas = [("other", other), ("python3-demo", own), ("python3-demo-doc", other)]
        text = "\n".join(f"Package: {name}\nStatus: {status}\nVersion: 1\n" for name, status in stanzas)
        write(tmp_path / "var/lib/dpkg/status", text)
        return probe.code(site, "demo-dist", later())

    assert state("install ok installed", journal=["tmp.i"]) == "ready"
    assert state("install ok installed", journal=["tmp.i", "0001"]) == "unfinished"
    assert state("install reinstreq half-installed") == "unfinished"
    assert state("install ok unpacked") == "ready", "not configured, but all of it is there"
    another = state("install ok installed", other="install ok half-installed")
    assert another == ("ready" if listed else "unfinished")


@pytest.mark.parametrize("listed", ["1.0", "2.0"])
def test_two_metadata_directories_of_one_package(probe, tmp_path, listed):
    """A dpkg that was killed leaves one behind. The one that its lists have counts, younger or older."""
    site, lists = debian(tmp_path)
    for version in ("1.0", "2.0"):
        write(site / f"Demo.Dist-{version}.egg-info/PKG-INFO", HEADER.replace("1.0", version))
        write(site / f"Demo.Dist-{version}.egg-info/top_level.txt", "demo\n")
    paths = [site, site / f"Demo.Dist-{listed}.egg-info", site / "demo/__init__.py"]
    write(lists / "python3-demo.list", "".join(f"/{path.relative_to(tmp_path)}\n" for path in paths))
    assert [dist["version"] for dist in probe.ask("dist", "scan", site) if dist["active"]] == [listed]


@pytest.mark.skipif(not Path("/usr/lib/python3/dist-packages").is_dir(), reason="this is no Debian")
def test_this_debian(probe):
    """Every distribution of the system has its files from RECORD or dpkg, and dpkg agrees on whose they are."""
    site = Path("/usr/lib/python3/dist-packages")
    for name in [dist["name"] for dist in probe.ask("dist", "scan", site) if dist["active"]][:6]:
        dist, files, problems = facts(probe, site, name)
        if dist["list"] == "dpkg":
            some = next(file["path"] for file in files if file["path"].endswith(".py"))
            query = ["dpkg-query", "--search", dist["metadata_dir"], some]
            done = subprocess.run(query, capture_output=True, text=True, timeout=60)
            assert len({line.split(":")[0] for line in done.stdout.splitlines()}) == 1, done.stdout
        assert problems == []


@pytest.mark.parametrize("record", [True, False])
def test_conda(probe, tmp_path, record):
    """conda keeps no RECORD right: its own list counts, also where there is a RECORD that says otherwise."""
    site = tmp_path / "lib/python3.11/site-packages"
    info = install(site, "demo", "1.0", CODE, installer="conda", record=record, extra="demo/never.py,,\n")
    names = [f"lib/python3.11/site-packages/{path}" for path in [*CODE, f"{info.name}/METADATA"]]
    package = {"name": "py-demo", "files": [*names, "bin/d\u00e9mo", "lib/libdemo.so"], "version": "1.0"}
    write(tmp_path / "conda-meta/py-demo-1.0-0.json", json.dumps(package))
    write(tmp_path / "conda-meta/broken-1.0-0.json", '{\n"files": [')
    write(tmp_path / "conda-meta/history", "==> now <==\n")
    dist, files, problems = facts(probe, site, "demo")
    assert dist["list"] == "conda" and modules(files).keys() == {"demo", "demo.sub"}
    assert str(tmp_path / "bin/d\u00e9mo") in {file["path"] for file in files}
    assert [Path(p["file"]).name for p in problems] == ["broken-1.0-0.json"] and problems[0]["line"] == 2
    assert probe.code(site, "demo", later()) == "ready"
    (site / "demo/sub.py").unlink()
    write(site / "demo.py.c~", "")
    assert probe.code(site, "demo") == "unfinished" and probe.code(site, "demo", later()) == "modified"


# ---- zipped eggs ----


def make_zip(path, files, header=HEADER, compression=zipfile.ZIP_DEFLATED, before=b"", comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        archive.writestr("EGG-INFO/PKG-INFO", header)
        archive.mkdir("folder") if hasattr(archive, "mkdir") else archive.writestr("folder/", "")
        for name, content in files.items():
            archive.writestr(name, content)
        archive.comment = comment
    return write(path, before + buffer.getvalue())


@pytest.mark.parametrize(
    "options", [{}, {"compression": zipfile.ZIP_STORED}, {"before": b"#!x\n"}, {"comment": b"c" * 99}]
)
def test_zipped_egg(probe, site, options):
    egg = make_zip(site / "demo_dist-9.9-py3.11.egg", CODE, **options)
    assert probe.scan(site) == {}, "no line of a .pth file names it"
    easy_install(site, f"./{egg.name}")
    dist, files, problems = facts(probe, site, "demo-dist")
    assert (dist["kind"], dist["version"], dist["root"], problems) == ("zipped egg", "1.0", str(egg), [])
    assert modules(files) == {"demo": f"{egg}/demo/__init__.py", "demo.sub": f"{egg}/demo/sub.py"}
    assert probe.code(site, "demo-dist", later()) == "ready"
    assert probe.one("owner", "owner", site, f"{egg}/demo/sub.py")["name"] == "demo-dist"
    assert probe.scan(egg)["demo-dist"]["root"] == str(egg), "an entry of sys.path by itself"


def test_zipped_egg_is_what_is_in_it(probe, site):
    egg = make_zip(site / "demo-1.0.egg", CODE)
    easy_install(site, f"./{egg.name}")
    before = probe.one("identity", "dist", site, "demo-dist")
    os.utime(egg, (1, 1))
    copy = make_zip(site / "copy.zip", CODE)
    os.replace(copy, egg)
    same = probe.one("identity", "dist", site, "demo-dist")
    assert same["content"] == before["content"] and same["inode"] != before["inode"]
    make_zip(egg, {**CODE, "demo/sub.py": "def f(): return 2\n"})
    assert probe.one("identity", "dist", site, "demo-dist")["content"] != before["content"]


@pytest.mark.parametrize("keep", [0, 30, 0.5, -1])
def test_zipped_egg_half_written(probe, site, keep):
    egg = make_zip(site / "demo-1.0.egg", CODE)
    content = egg.read_bytes()
    write(egg, content[: int(len(content) * keep) if isinstance(keep, float) else keep])
    easy_install(site, f"./{egg.name}")
    assert probe.code(site, "demo", later()) == "unfinished"
    assert facts(probe, site, "demo")[2], "and a problem says so"


def test_zip_members_that_lie(probe, site):
    """Sizes, offsets and CRCs that are wrong: the name and version of the file's name stay, and a problem is named."""
    easy_install(site, "./demo-1.0.egg")
    egg = make_zip(site / "demo-1.0.egg", CODE)
    good = egg.read_bytes()
    start = good.index(b"PK\x01\x02")
    for offset, value in [
        (24, b"\xff\xff\xff\xff"),
        (42, b"\xff\xff\xff\x7f"),
        (16, b"\0\0\0\0"),
        (10, b"\x0c\0"),
        (8, b"\1\0"),
    ]:
        write(egg, good[: start + offset] + value + good[start + offset + len(value) :])
        dist, files, problems = facts(probe, site, "demo")
        assert (dist["name"], dist["version"]) == ("demo", "1.0") and len(problems) == 1, (offset, problems)
        assert problems[0]["file"] == f"{egg}/EGG-INFO/PKG-INFO"


# ---- what is somewhere else ----


def test_egg_link(probe, site, tmp_path):
    """setup.py develop: the link names the tree, and the line in easy-install.pth is what makes it count."""
    tree = tmp_path / "work/src"
    write(tree / "Demo.Dist.egg-info/PKG-INFO", HEADER)
    write(tree / "Demo.Dist.egg-info/top_level.txt", "demo\n")
    for path, content in CODE.items():
        write(tree / path, content)
    write(site / "Demo.Dist.egg-link", f"{tree}\n../")
    assert probe.scan(site) == {}
    easy_install(site, str(tree))
    dist, files, problems = facts(probe, site, "demo-dist")
    assert (dist["kind"], dist["version"], dist["editable"], dist["root"]) == ("egg-link", "1.0", 1, str(tree))
    assert modules(files).keys() == {"demo", "demo.sub"} and probe.code(site, "demo-dist", later()) == "ready"
    assert probe.one("owner", "editable", site, tree / "demo/sub.py")["name"] == "demo-dist"
    assert probe.one("owner", "editable", site, tree / "setup.py")["name"] is None
    write(site / "Demo.Dist.egg-link", "")  # as it is for a moment
    assert probe.scan(site) == {}


def editable(site, tree, extra, name="demo", **options):
    """What `pip install -e` leaves: rows for `extra` and for direct_url.json, none for the code."""
    direct = json.dumps({"dir_info": {"editable": True}, "url": f"file://{tree}"}).encode()
    info = install(site, name, "1.0", extra, **options)
    write(info / "direct_url.json", direct)
    with open(info / "RECORD", "a") as record:
        record.write(row(f"{info.name}/direct_url.json", direct))
    for path, content in CODE.items():
        write(tree / path, content)
    return info


def test_editable_by_path(probe, site, tmp_path):
    tree = tmp_path / "project"
    info = editable(site, tree, {"_demo.pth": f"{tree}\n"})
    for path in [
        ".git/hook.py",
        "node-modules/x.py",
        "env/pyvenv.cfg",
        "env/y.py",
        "demo/__pycache__/z.py",
        "setup.cfg",
    ]:
        write(tree / path, "")
    write(tree / "alone.py", "")
    dist, files, problems = facts(probe, site, "demo")
    assert dist["editable"] == 1 and problems == []
    assert modules(files).keys() == {"demo", "demo.sub", "alone"}
    assert {f["path"] for f in files if f["flags"] & TREE} == {str(tree / path) for path in [*CODE, "alone.py"]}
    assert probe.one("owner", "editable", site, tree / "demo/sub.py")["name"] == "demo"
    assert probe.code(site, "demo", later()) == "ready"
    before = probe.one("identity", "dist", site, "demo")["content"]
    os.utime(tree / "demo/sub.py", (1, 1))
    assert probe.one("identity", "dist", site, "demo")["content"] != before, "the tree is the identity"
    write(info / "top_level.txt", "demo\n")
    assert modules(facts(probe, site, "demo")[1]).keys() == {"demo", "demo.sub"}


FINDER = """import sys
MAPPING: dict[str, str] = {'demo': '%s', "it's": '/no"where',
 'deep.part': '%s'}
NAMESPACES: dict[str, list[str]] = {}
PATH_PLACEHOLDER = '__editable__.demo-1.0.finder' + ".__path_hook__"
raise SystemExit("executed")
"""


def test_editable_by_finder(probe, site, tmp_path):
    tree = tmp_path / "project/lib"
    finder = FINDER % (tree / "demo", tree / "alone")
    pth = "import __editable___demo_1_0_finder; __editable___demo_1_0_finder.install()"
    editable(site, tree, {"__editable__.demo-1.0.pth": pth, "__editable___demo_1_0_finder.py": finder})
    write(tree / "alone.py", "")
    dist, files, problems = facts(probe, site, "demo")
    assert dist["editable"] == 1 and problems == []
    found = modules(files)
    assert found.pop("__editable___demo_1_0_finder")
    assert found == {
        "demo": str(tree / "demo/__init__.py"),
        "demo.sub": str(tree / "demo/sub.py"),
        "deep.part": str(tree / "alone.py"),
    }


@pytest.mark.parametrize("ending", ["/__init__.py", ""])
def test_editable_by_table(probe, site, tmp_path, ending):
    """The finders of the editables library and of scikit-build-core."""
    tree = tmp_path / "project"
    one = "from editables.redirector import RedirectingFinder as F\nF.install()\n" + "".join(
        f"F.map_module({name!r}, {str(path)!r})\n"
        for name, path in [("demo", f"{tree / 'demo'}{ending}"), ("deep.part", tree / "alone.py")]
    )
    table = f"{{'demo': '{tree / 'demo'}{ending}', 'deep.part': \"{tree / 'alone.py'}\"}}"
    two = f"def install(a, b):\n    pass\n\n\ninstall({table}, {{}}, None, False)\n"
    for name, text in (("_editable_impl_demo", one), ("_editable_skbc_demo", two)):
        shutil.rmtree(site)
        editable(site, tree, {"_demo.pth": f"import {name}", f"{name}.py": text})
        write(tree / "alone.py", "")
        dist, files, problems = facts(probe, site, "demo")
        assert dist["editable"] == 1 and problems == []
        found = modules(files)
        assert found.pop(name)
        assert found == {
            "demo": str(tree / "demo/__init__.py"),
            "demo.sub": str(tree / "demo/sub.py"),
            "deep.part": str(tree / "alone.py"),
        }


@pytest.mark.parametrize(
    "text",
    [
        "MAPPING = {",
        "MAPPING = {'demo': dict()}",
        "x = 1\n",
        "MAPPING = {'a': 'b' 'c'}",
        "F.map_module('a', b)\n",
        "install({'a': '/b'",
        "\xff",
    ],
)
def test_finder_of_another_form(probe, site, tmp_path, text):
    editable(site, tmp_path / "tree", {"__editable___demo_1_0_finder.py": text})
    dist, files, problems = facts(probe, site, "demo")
    assert dist["editable"] == 1 and len(problems) == 2
    assert problems[0]["file"].endswith("_finder.py") and "table" in problems[0]["cause"]
    assert "not known" in problems[1]["cause"]
    assert probe.code(site, "demo", later()) == "opaque"


def test_direct_url_that_is_no_json(probe, site):
    info = install(site, "demo", "1.0", CODE)
    write(info / "direct_url.json", '{"url":\n nonsense}')
    dist, files, problems = facts(probe, site, "demo")
    assert dist["editable"] == 0 and [(Path(p["file"]).name, p["line"]) for p in problems] == [("direct_url.json", 2)]


@pytest.mark.parametrize("layout", ["src", "flat"])
def test_editable_by_pip(programs, environment, tmp_path, layout):
    """What pip and setuptools really leave: a path for src, a finder for a flat layout with more than the package."""
    python, site = environment
    probe = Probe(programs["plain"])
    has = [python, "-c", "import setuptools, sys; sys.exit(int(setuptools.__version__.split('.')[0]) < 64)"]
    if subprocess.run(has, capture_output=True).returncode:
        done = subprocess.run(
            [python, "-m", "pip", "install", "-q", "setuptools<80", "wheel"], capture_output=True, timeout=300
        )
        if done.returncode:
            pytest.skip("there is no setuptools for this interpreter")
    tree = tmp_path / "project" / ("src" if layout == "src" else "")
    for path, content in CODE.items():
        write(tree / path, content)
    packages = 'package-dir = {"" = "src"}\n' if layout == "src" else ""
    write(
        tmp_path / "project/pyproject.toml",
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        f'[project]\nname = "demo-{layout}"\nversion = "1.0"\n[tool.setuptools]\npackages = ["demo"]\n{packages}',
    )
    command = [python, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "-q", "-e", tmp_path / "project"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if "wheel" in done.stderr and done.returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", "wheel"], capture_output=True, timeout=300)
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    dist, files, problems = facts(probe, site, f"demo-{layout}")
    assert dist["editable"] == 1 and problems == [], problems
    found = {name: path for name, path in modules(files).items() if not name.startswith("__editable__")}
    assert found == {"demo": str(tree / "demo/__init__.py"), "demo.sub": str(tree / "demo/sub.py")}
    assert probe.one("owner", "editable", site, tree / "demo/sub.py")["name"] == f"demo-{layout}"
    subprocess.run([python, "-m", "pip", "uninstall", "-q", "-y", f"demo-{layout}"], capture_output=True, timeout=300)


# ---- whose is it? ----


def test_namespace_has_several_owners(probe, site, tmp_path):
    install(site, "one", "1.0", {"space/one.py": ""})
    install(site, "two", "1.0", {"space/two/__init__.py": ""})
    install(site, "three", "1.0", {"spaced.py": ""})
    answers = probe.run("owners", site, "space")
    assert [a["name"] for a in answers if a["is"] == "dist"] == ["one", "two"] and answers[0]["n"] == 2


def test_target_and_user_site(programs, environment, tmp_path):
    """pip's --target and --user leave the same: a site directory like any other."""
    probe = Probe(programs["plain"])
    wheel = make_wheel(tmp_path, "demo", "1.0", CODE)
    pip(environment, "--target", tmp_path / "target", wheel)
    assert probe.code(tmp_path / "target", "demo") in ("ready", "pending")
    python, _ = environment
    config = Path(python).parent.parent / "pyvenv.cfg"
    before = config.read_text()
    config.write_text(before.replace("include-system-site-packages = false", "include-system-site-packages = true"))
    try:
        env = {**os.environ, "PYTHONUSERBASE": str(tmp_path / "user")}
        words = ["-m", "pip", "install", "--user", "--no-index", "--no-deps", "-q", wheel]
        done = subprocess.run([python, *words], env=env, capture_output=True, text=True, timeout=120)
    finally:
        config.write_text(before)
    if done.returncode == 0:
        (site,) = (tmp_path / "user/lib").glob("python*/site-packages")
        assert probe.code(site, "demo") == "ready"
    else:
        assert "virtualenv" in done.stderr, done.stderr  # pip refuses where the environment hides the user's site


# ---- input that is wrong: named, and the rest is still read ----


def test_every_problem_is_named(probe, site, tmp_path):
    install(site, "good", "1.0", {"good.py": ""})
    info = install(site, "noname", "1.0", {"noname.py": ""})
    write(info / "METADATA", "Metadata-Version: 2.1\nVersion: 1.0\n\n")
    info = install(site, "bytes", "1.0", {"bytes_.py": ""})
    write(info / "METADATA", b"Metadata-Version: 2.1\nName: b\xffd\nVersion: 1.0\n\n")
    os.mkdir(os.fsencode(site) + b"/b\xff-1.0.dist-info")
    write(site / "a.pth", b"/tmp\n\xff\xfe\n" + b"/" * ((1 << 20) + 1) + b"\n/usr\n")
    (site / "b.pth").mkdir()
    (site / "loop.pth").symlink_to("loop.pth")
    (site / "loop-1.0.dist-info").symlink_to("loop-1.0.dist-info")
    answers = probe.run("owner", site, site / "good.py", site / "noname.py", site / "bytes_.py")
    assert [a["name"] for a in answers if a["is"] == "owner"] == ["good", "noname", "bytes"]
    problems = {(Path(a["file"]).name, a["line"]) for a in answers if a["is"] == "problem"}
    assert problems == {("a.pth", 2), ("a.pth", 3), ("b.pth", 0), ("loop.pth", 0), ("b\udcff-1.0.dist-info", 0)}
    assert [(p["file"], p["line"]) for p in facts(probe, site, "noname")[2]] == [
        (f"{site}/noname-1.0.dist-info/METADATA", 0)
    ]
    assert [(p["file"], p["line"]) for p in facts(probe, site, "bytes")[2]] == [(f"{info}/METADATA", 2)]
    assert {path for path, _ in probe.entries(site)} == {"/tmp", "/usr"}


def test_loops_end(probe, site, tmp_path):
    """A .pth file that names its own directory, links that lead back, an editable install that names the site."""
    write(site / "self.pth", f".\n{site}\nself.pth\n")
    egg = make_egg(site, "egg", "1.0", CODE)
    (egg / "back").symlink_to(egg)
    easy_install(site, f"./{egg.name}")
    (site / "here").symlink_to(".")
    editable(site, tmp_path / "tree", {"own.pth": f"{site}\n{site / 'here'}\n"})
    dist, files, problems = facts(probe, site, "egg")
    assert modules(files).keys() == {"demo", "demo.sub"}
    dist, files, problems = facts(probe, site, "demo")
    assert dist["editable"] == 1 and len(files) < 50
    assert str(site) not in {path for path, _ in probe.entries(site)}


def test_a_tree_that_has_no_end(probe, site, tmp_path):
    """A project in a folder that has everything: it is named and left out, and the others are read."""
    for n in range(400):
        write(tmp_path / f"tree/m{n}.py", "")
    editable(site, tmp_path / "tree", {"own.pth": f"{tmp_path / 'tree'}\n" * 1000})
    install(site, "other", "1.0", {"other.py": ""})
    (error,) = (answer for answer in probe.run("dist", site, "demo") if answer["is"] == "error")
    assert error["errno"] == errno.EFBIG and "demo-1.0.dist-info: its trees have more than" in error["text"], error
    assert probe.ask("owner", "owner", site, site / "other.py")[0]["name"] == "other"


def test_nothing_outside_is_opened(probe, site, tmp_path):
    """Lists of files that lead out of the site directory: known by name, never opened (strace is the witness)."""
    if not shutil.which("strace"):
        pytest.skip("no strace here")
    secret = write(tmp_path / "secret/x.py", "x = 1\n")
    install(site, "demo", "1.0", CODE, extra=f"{secret},sha256=AAAA,3\n../secret/x.py,,\n")
    write(site / "old.egg-info/PKG-INFO", "Metadata-Version: 1.0\nName: old\nVersion: 1\n")
    write(site / "old.egg-info/installed-files.txt", f"../../secret/x.py\n{secret}\n")
    trace = tmp_path / "trace"
    for name in ("demo", "old"):
        command = ["strace", "-f", "-e", "trace=file", "-o", trace, probe.program, "ready", site, name, "hashes"]
        subprocess.run(
            command, check=True, capture_output=True, timeout=120, env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        )
        assert "secret" not in trace.read_text()


def test_every_allocation_of_every_kind_may_fail(programs, tmp_path):
    site, lists = debian(tmp_path)
    write(site / "demo.egg-info/PKG-INFO", HEADER)
    write(lists / "demo.list", "".join(f"{site / path}\n" for path in [*CODE, "demo.egg-info/PKG-INFO"]))
    write(site / "old.egg-info/PKG-INFO", "Name: old\nVersion: 1\n")
    write(site / "old.egg-info/installed-files.txt", "../x.py\n")
    egg = make_zip(site / "zip-1.0.egg", CODE, header="Name: zip\nVersion: 1\n")
    tree = tmp_path / "tree"
    write(tree / "link.egg-info/PKG-INFO", "Name: link\nVersion: 1\n")
    write(tree / "link.egg-info/top_level.txt", "demo\n")
    write(site / "link.egg-link", f"{tree}\n")
    easy_install(site, f"./{egg.name}", str(tree))
    editable(site, tree, {"own.pth": f"{tree}\n", "x_finder.py": FINDER % (tree / "demo", tree / "alone")}, name="ed")
    write(site / "bad.pth", b"\xff\n")
    answer = Probe(programs["faults"]).one("faults", "faults", site)
    assert answer["n"] > 100, sys.version
