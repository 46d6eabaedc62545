"""Packages with many effects on import, staged beside themselves: abandoned, which leaves no trace in the heap, and flipped.

All versions are the same release with another RECORD. In the abandoned one the last line of a module raises; a second time the new
version is staged whole, matched and dropped (plan). What of the old version is alive after the flip is counted.
"""

import dataclasses
import json
import os
import re
import subprocess
import sys

import pytest

from tests.effects.content import is_content
from tests.packages import steps
from tests.support import program
from tests.support.install import Site, read_tree
from tests.support.process import environment

pytest.importorskip("midflight._testing")

LIMIT = float(os.environ.get("MIDFLIGHT_TEST_TIMEOUT", "60")) * 3


@dataclasses.dataclass(frozen=True)
class Package:
    """`kinds`: the effects on the outside that its import has. `modules`: what the program imports. `last`: the file whose end raises.
    `flip`: "live", or the code of the refusal. `alive`: how many things of the old version survive the flip; `why` says why, also of
    a refusal."""

    kinds: str
    release: str
    modules: str
    last: str
    beside: tuple = ()
    flip: str = "live"
    alive: int = 0
    why: str = ""


# From 3.12 on filelock has an audit hook, which the interpreter keeps where no walk sees it.
FILELOCK = "live" if sys.version_info < (3, 12) else "native-holder"
MARKUPSAFE = "markupsafe==2.1.5"
WERKZEUG = ("werkzeug==3.1.3", MARKUPSAFE)
URLLIB3 = ("urllib3==2.5.0",)
TYPING = ("typing_extensions==4.15.0",)

PACKAGES = {
    "six": Package("meta_path: the old importer is removed first", "1.17.0", "six, six.moves.urllib.parse", "six.py"),
    "filelock": Package(
        "audit hook, functions around a fork", "4.3.1", "filelock", "filelock/__init__.py", flip=FILELOCK
    ),
    "typing_extensions": Package("patches typing, overloads", "4.15.0", "typing_extensions", "typing_extensions.py"),
    "jinja2": Package(
        "linecache, ABCs, lru_cache", "3.1.6", "jinja2, jinja2.ext, jinja2.sandbox", "jinja2/__init__.py", (MARKUPSAFE,)
    ),
    "idna": Package("a codec", "3.10", "idna, idna.codec", "idna/__init__.py"),
    "tqdm": Package("warnings, locks of multiprocessing, atexit", "4.67.1", "tqdm, tqdm.auto", "tqdm/__init__.py"),
    "prometheus_client": Package("its own registry", "0.26.0", "prometheus_client", "prometheus_client/__init__.py"),
    "urllib3": Package("warning filters, a logger's handler, overloads", "2.5.0", "urllib3", "urllib3/__init__.py"),
    "requests": Package(
        "warning filters, a logger's handler, aliases in sys.modules",
        "2.32.5",
        "requests",
        "requests/__init__.py",
        (*URLLIB3, "certifi==2025.8.3", "idna==3.10", "charset-normalizer==3.4.1"),
    ),
    "werkzeug": Package(
        "sys.displayhook, which it saves and replaces",
        "3.1.3",
        "werkzeug, werkzeug.debug, werkzeug.serving, werkzeug.test",
        "werkzeug/__init__.py",
        (MARKUPSAFE,),
    ),
    "flask": Package(
        "a logger, JSON providers, context variables",
        "3.1.2",
        "flask, flask.cli, flask.testing",
        "flask/__init__.py",
        (*WERKZEUG, "jinja2==3.1.6", "itsdangerous==2.2.0", "click==8.1.8", "blinker==1.9.0"),
    ),
    "click": Package("functions patched for terminals", "8.1.8", "click, click.testing", "click/__init__.py"),
    "attrs": Package("linecache: generated methods", "25.3.0", "attr, attrs, attr.validators", "attr/__init__.py"),
    "sqlalchemy": Package(
        "weakref.finalize, 195 of them; dialects; overloads",
        "2.0.43",
        "sqlalchemy, sqlalchemy.orm, sqlalchemy.dialects.sqlite",
        "sqlalchemy/__init__.py",
        TYPING,
    ),
    "pydantic": Package(
        "native code that holds classes; typing's caches",
        "2.11.7",
        "pydantic, pydantic.main, pydantic.fields",
        "pydantic/__init__.py",
        ("pydantic-core==2.33.2", "annotated-types==0.7.0", "typing-inspection==0.4.2", *TYPING),
    ),
    "charset_normalizer": Package(
        "a logger's handler", "3.4.1", "charset_normalizer", "charset_normalizer/__init__.py"
    ),
    "setuptools": Package(
        "meta_path: importers of what it brings; distutils exchanged",
        "80.9.0",
        "setuptools, pkg_resources",
        "setuptools/__init__.py",
        flip="staging-effect",
        why="it puts its own distutils into sys.modules, over what is loaded and not upgraded",
    ),
    "colorama": Package("atexit; ctypes", "0.4.6", "colorama", "colorama/__init__.py"),
    "importlib_metadata": Package(
        "meta_path: a finder that takes over from the standard library's",
        "8.7.0",
        "importlib_metadata",
        "importlib_metadata/__init__.py",
        ("zipp==3.23.0",),
    ),
    "networkx": Package("backends by entry points, generated functions", "3.4.2", "networkx", "networkx/__init__.py"),
    "pygments": Package(
        "interned tokens",
        "2.19.2",
        "pygments, pygments.lexers, pygments.lexers.python, pygments.formatters.html, pygments.styles.default",
        "pygments/__init__.py",
    ),
    "rich": Package(
        "a console, builtins",
        "14.2.0",
        "rich, rich.console, rich.traceback, rich.pretty, rich.logging",
        "rich/__init__.py",
        ("pygments==2.19.2", "markdown-it-py==4.0.0", "mdurl==0.1.2"),
    ),
    "loguru": Package("functions around a fork, atexit, levels of logging", "0.7.3", "loguru", "loguru/__init__.py"),
    "html5lib": Package(
        "error handlers of codecs",
        "1.1",
        "html5lib, html5lib.serializer",
        "html5lib/__init__.py",
        ("six==1.17.0", "webencodings==0.5.1"),
    ),
}

if sys.version_info >= (3, 12):
    del PACKAGES["setuptools"]  # there is no distutils of the standard library to exchange

SCRIPT = """
import importlib.metadata, json, logging, os, typing, warnings, random, mimetypes, contextvars, signal, sys, types
SITE, NAME, RELEASE, LAST, ROOT = {arguments!r}
sys.path.append(ROOT)
from tests.support.heap import Heap
from tests.effects.content import is_content
from tests.support.install import Site, read_tree
sys.path.remove(ROOT)
import midflight


def install(version, more):
    tree = {{name: data for name, data in read_tree(RELEASE).items() if is_content(name)}}
    tree[LAST] += more
    Site(SITE).upgrade(NAME, version, tree)


def attempt(name):
    try:
        return midflight.upgrade(name), []
    except midflight.UpgradeRefused as refused:
        return None, [(reason.code, reason.symbol, reason.cause) for reason in refused.reasons]


def is_excused(thing):
    # the order of what typing registers by name; midflight's own kinds of modules, made at the first use
    kinds = isinstance(thing, dict) and {{id(kind) for kind in types.ModuleType.__subclasses__()}}
    place = importlib.metadata.FastPath.__new__  # the standard library's memory of directories
    return thing is place or thing is typing._overload_registry or bool(kinds) and {{*thing}} == kinds


def look():
    # what the import system and importlib.metadata remember of directories is brought up to date: any failing import would do that
    for finder in list(sys.path_importer_cache.values()):
        if finder is not None:
            finder.find_spec("a_module_that_is_not_there")
    importlib.metadata.entry_points()
    return Heap()


def raising():
    heap = look()
    return attempt(NAME)[1], heap.differences([is_excused])


def planned():
    heap = look()
    plan = midflight.plan(NAME)
    verdict, reasons = plan.verdict, [(reason.code, reason.symbol, reason.cause) for reason in plan.reasons]
    del plan
    return verdict, reasons, heap.differences([is_excused])


sys.path[:] = [entry for entry in sys.path if os.path.exists(entry)]  # importlib.metadata forgets all when one is not there
{imports}
Site(SITE).upgrade("other", "2", {{"other.py": b"X = 2"}})
midflight.upgrade("other")
install("2", b"\\nraise ImportError('abandoned')\\n")
abandoned = raising()
install("3", b"\\n")
plan = planned()
report, refused = attempt(NAME)
print(json.dumps([abandoned, plan, refused, report.to_dict()["old_generation"] if report else [], str(report)]))
"""


def prepare(site, name, package):
    """Puts the first version and what it needs into the site. The directory of the release."""
    try:
        release = steps.fetch(f"{name}=={package.release}")
        needs = {need.split("==")[0]: read_tree(steps.fetch(need)) for need in package.beside}
    except steps.Offline as offline:
        pytest.skip(str(offline))
    for need, tree in needs.items():
        site.install(need, "1", {path: data for path, data in tree.items() if ".dist-info" not in path})
    site.install(name, "1", {path: data for path, data in read_tree(release).items() if is_content(path)})
    site.install("other", "1", {"other.py": b"X = 1"})
    return release


@pytest.mark.parametrize("name", PACKAGES)
def test_staged_abandoned_and_flipped(tmp_path, midflight, outcome, name):
    package = PACKAGES[name]
    site = Site(tmp_path / "site")
    release = prepare(site, name, package)
    imports = "\n".join(f"import {module}" for module in (*package.modules.split(", "), "other"))
    arguments = [str(site.path), name, str(release), package.last, str(program.ROOT)]
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(arguments=arguments, imports=imports))
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "ignore", str(script)],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env=environment([site.path]),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (abandoned, left), (verdict, reasons, left_by_plan), refused, alive, report = json.loads(
        done.stdout.splitlines()[-1]
    )
    outcome("effects of packages", name, ("live" if not refused else "refused") + f" | {len(alive)} alive")
    assert any("abandoned" in cause for _, _, cause in abandoned), abandoned
    # a finder that was told to forget (setuptools calls importlib.invalidate_caches) has another set
    left = [
        what for what in (*left, *left_by_plan) if {*re.findall(r"'(.*?)'", what.removeprefix("gone: "))} != {"set"}
    ]
    assert left == [], left
    codes = {code for code, _, _ in refused}
    assert not codes if package.flip == "live" else package.flip in codes, refused
    assert len(alive) == package.alive, alive
