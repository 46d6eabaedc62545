"""What the benchmarks need on disk, under .build/bench: releases of real packages, and packages made up."""

import pathlib
import shutil
import subprocess
import sys

import midflight
from midflight import _engine

CACHE = pathlib.Path(__file__).resolve().parent.parent / ".build" / "bench"

HELD = """\
VERSION = {version}


class Item:
    def __init__(self, number):
        self.number, self.name, self.next, self.left, self.right = number, "name", None, number + 1, number + 2

    def total(self):
        return self.number + {version}
"""

PART = """\
LIMIT = {number}


def f0(a, b=1):
    return a + b + LIMIT


def f1(*items, **names):
    return [item for item in items if item in names]


class Thing:
    size = LIMIT

    def __init__(self, name):
        self.name = name

    def grow(self, by):
        self.size += by
        return self

    @property
    def title(self):
        return self.name.title()
"""


class Missing(Exception):
    """pip cannot install this; the text says why."""


def tag():
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def fetch(folder, *requirements):
    """The folder with these requirements in it, installed by pip the first time."""
    target = CACHE / tag() / folder
    if target.exists():
        return target
    begun = target.with_name(folder + ".begun")
    shutil.rmtree(begun, ignore_errors=True)
    command = [sys.executable, "-W", "ignore", "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    done = subprocess.run([*command, "--target", begun, *requirements], capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "ERROR" in line] or ["pip failed"]
        raise Missing(f"{' '.join(requirements)}: {lines[-1]}")
    begun.rename(target)
    return target


def make(folder, name, version, files):
    """A release made up: its files, and the .dist-info that pip would leave."""
    info = folder / f"{name}-{version}.dist-info"
    texts = {f"{name}/{path}": text for path, text in files.items()}
    texts[f"{info.name}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    texts[f"{info.name}/INSTALLER"] = "pip\n"
    texts[f"{info.name}/RECORD"] = "".join(f"{path},,\n" for path in [*texts, f"{info.name}/RECORD"])
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def environment():
    """The interpreter of an environment with nothing in it."""
    folder = CACHE / tag() / "env"
    if not folder.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


def link_midflight():
    """A folder with midflight and nothing else of the environment that runs this."""
    folder = CACHE / tag() / "lib"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "midflight").mkdir(parents=True)
    for source in [*pathlib.Path(midflight.__file__).parent.glob("*.py"), pathlib.Path(_engine.__file__)]:
        (folder / "midflight" / source.name).symlink_to(source)
    return folder


def made_up(packages, parts):
    """(folder, names of modules): so many packages of so many modules each."""
    folder = CACHE / tag() / f"made-up-{packages}-{parts}"
    names = [f"made{i:03}" for i in range(packages)]
    if not folder.exists():
        for name in names:
            files = {f"part{j}.py": PART.format(number=j) for j in range(parts)}
            imports = "".join(f"from {name} import part{j}\n" for j in range(parts))
            make(folder, name, "1.0", {"__init__.py": imports, **files})
    return folder, names


# Packages that many programs import, the large ones among them: what recording is measured with. Pinned.
LARGE = """
aiohttp==3.14.5 alembic==1.20.1 attrs==26.1.0 babel==2.19.0 beautifulsoup4==4.15.0 boto3==1.44.8 celery==5.7.0 click==8.5.1
cryptography==50.0.2 django==5.2.19 docutils==0.23 faker==40.63.0 fastapi==0.165.0 filelock==4.3.1 flask==3.1.3 fsspec==2026.9.0
httpx==0.28.1 ipython==9.18.1 jinja2==3.1.6 jsonschema==4.26.0 kombu==5.7.0 lxml==6.1.3 mako==1.4.3 markdown==3.11.3 marshmallow==4.4.0
mpmath==1.3.0 networkx==3.6.1 nltk==3.10.4 numpy==2.4.6 openpyxl==3.1.5 packaging==26.4 pandas==3.1.1 paramiko==5.1.0 parso==0.8.7
prompt-toolkit==3.0.53 pydantic==2.14.4 pygments==2.21.0 pymongo==4.20.1 pytest==9.2.0 python-dateutil==2.9.0.post0 pytz==2026.6
pyyaml==6.0.4 redis==8.1.0 requests==2.34.2 rich==15.0.0 scrapy==2.19.0 sqlalchemy==2.1.9 sympy==1.14.0 tornado==6.6.1 tqdm==4.70.1
twisted==26.10.0 werkzeug==3.1.9
""".split()


def tops(folder):
    """The names that the distributions in a folder are imported by."""
    found = {}
    for record in sorted(folder.glob("*.dist-info/RECORD")):
        for row in record.read_text().splitlines():
            path = pathlib.PurePosixPath(row.split(",")[0])
            package = len(path.parts) == 2 and path.name == "__init__.py"
            module = len(path.parts) == 1 and path.suffix == ".py"
            if (package or module) and path.parts[0].removesuffix(".py").isidentifier():
                found[path.parts[0].removesuffix(".py")] = None
    return [name for name in found if not name.startswith("_")]


SLOTS = '__slots__ = ("right", "left", "next", "name", "number")\n'


def held(changed=False):
    """Two releases of a package of one class; the path of a release with {} for its number. Changed: one has __slots__."""
    name = "slotted" if changed else "held"
    for version in (2, 3):
        folder = CACHE / tag() / f"{name}-{version}"
        shutil.rmtree(folder, ignore_errors=True)
        text = HELD.format(version=version)
        if changed and version == 3:
            text = text.replace("class Item:\n", f"class Item:\n    {SLOTS}\n")
        make(folder, "held", f"{version}.0", {"__init__.py": text})
    return str(CACHE / tag() / (name + "-{}"))


SHAPES = {
    "chain": """\
def link(inner):
    def call(value):
        return inner(value) + {version} if inner else value
    return call


top = None
for _ in range({count}):
    top = link(top)
""",
    "keys": """\
class Key:
    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return hash((self.number, {version}))

    def __eq__(self, other):
        return isinstance(other, Key) and self.number == other.number
""",
    "tables": """\
TABLES = [{{"first": 1, "since{version}": {version}}} for _ in range({count})]
""",
}


def shape(name, count):
    """Two releases of a package that is all of one shape."""
    folders = [CACHE / tag() / f"{name}-{version}" for version in (1, 2)]
    for version, folder in enumerate(folders, 1):
        shutil.rmtree(folder, ignore_errors=True)
        text = SHAPES[name].format(version=version, count=count)
        make(folder, name, f"{version}.0", {"__init__.py": text})
    return [str(folder) for folder in folders]
