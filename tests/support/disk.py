"""src/disk for its tests: the program that asks it questions, and installs laid out by hand as installers leave them."""

import base64
import csv
import hashlib
import io
import json
import os
import re
import subprocess
import textwrap
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CC = os.environ.get("CC", "cc").split()
LATER = 3600 * 10**9  # nothing is young an hour from now
SOURCE, EXTENSION, BYTECODE, PACKAGE, METADATA, OUTSIDE, TREE = (1 << n for n in range(7))


# ---- building and asking ----


def build(folder, name, *options):
    """The path of the compiled probe, or None when this compiler cannot do it with those options."""
    sources = [ROOT / "tests/unit/disk_probe.c", *sorted((ROOT / "src/disk").glob("*.c"))]
    sources += [ROOT / f"src/base/{part}.c" for part in ("arena", "file", "sha256", "strbuf", "strmap")]
    command = [*CC, "-std=gnu11", "-g", "-Wall", "-Wextra", "-Wshadow", "-Werror", f"-I{ROOT / 'src'}"]
    done = subprocess.run(
        [*command, *options, "-o", folder / name, *sources, "-pthread", "-lmd", "-ljansson", "-lz"],
        capture_output=True,
        text=True,
    )
    return folder / name if done.returncode == 0 else (None, done.stderr)


SANITIZE = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
WRAP = ["-DPROBE_FAULTS", *(f"-Wl,--wrap={name}" for name in ("malloc", "calloc", "realloc", "reallocarray"))]


def has_sanitizers(folder):
    source = folder / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    done = subprocess.run([*CC, *SANITIZE, "-o", folder / "empty", source], capture_output=True)
    return done.returncode == 0 and subprocess.run([folder / "empty"]).returncode == 0


class Probe:
    def __init__(self, program):
        self.program = program

    def run(self, *words, **options):
        done = subprocess.run(
            [self.program, *map(os.fspath, words)],
            capture_output=True,
            timeout=120,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=1"},
            **options,
        )
        assert not done.stderr, done.stderr.decode()[-4000:]
        assert done.returncode in (0, 1), done.returncode
        text = done.stdout.decode("utf-8", "surrogateescape")
        return [json.loads(line) for line in text.split("\n") if line]

    def ask(self, kind, *words):
        return [answer for answer in self.run(*words) if answer["is"] == kind]

    def one(self, kind, *words):
        answers = self.ask(kind, *words)
        assert len(answers) == 1, (words, self.run(*words))
        return answers[0]

    def scan(self, site, *flags):
        """name -> the active distribution"""
        return {dist["name"]: dist for dist in self.ask("dist", "scan", site, *flags) if dist["active"]}

    def ready(self, site, name, *words):
        if not any(word.startswith("now=") for word in words):
            words = [*words, f"now={time.time_ns()}"]  # the machine may be slow, what was just written stays young
        return self.one("ready", "ready", site, name, *words)

    def code(self, site, name, *words):
        return self.ready(site, name, *words)["code"]

    def entries(self, site, *known):
        return [(entry["path"], entry["front"]) for entry in self.ask("entry", "paths", site, *known)]


# ---- laying things out ----


def write(path, content=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
    return path


def row(path, content, digest=None):
    digest = digest or base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow((path, f"sha256={digest}", len(content)))
    return text.getvalue()


def wheel_files(name, version, files, requires=()):
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    header = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    header += "".join(f"Requires-Dist: {text}\n" for text in requires)
    contents = {path: text.encode() for path, text in files.items()}
    contents[f"{info}/METADATA"] = header.encode() + b"\nName: not this\n"
    contents[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return info, contents


def make_wheel(folder, name, version, files, requires=()):
    info, contents = wheel_files(name, version, files, requires)
    record = "".join(row(path, content) for path, content in contents.items()) + f"{info}/RECORD,,\n"
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in [*contents.items(), (f"{info}/RECORD", record.encode())]:
            archive.writestr(member, content)
    return path


def install(site, name, version, files, requires=(), installer="pip", record=True, extra=""):
    """What pip leaves, or a part of it. Returns the metadata directory."""
    info, contents = wheel_files(name, version, files, requires)
    if installer:
        contents[f"{info}/INSTALLER"] = f"{installer}\n".encode()
    for path, content in contents.items():
        write(site / path, content)
    if record:
        rows = "".join(row(path, content) for path, content in sorted(contents.items()))
        write(site / info / "RECORD", rows + f"{info}/RECORD,,\n" + extra)
    return site / info


def make_egg(site, name, version, files, tag="-py3.11"):
    egg = site / f"{name}-{version}{tag}.egg"
    write(egg / "EGG-INFO/PKG-INFO", f"Metadata-Version: 1.0\nName: {name}\nVersion: {version}\n")
    write(egg / "EGG-INFO/top_level.txt", "".join(sorted({re.split("[./]", path)[0] + "\n" for path in files})))
    for path, content in files.items():
        write(egg / path, content)
    return egg


CODE = {"demo/__init__.py": "from .sub import f\n", "demo/sub.py": "def f(): return 1\n", "demo/data.txt": "data\n"}


def later(seconds=LATER / 1e9):
    return f"now={time.time_ns() + int(seconds * 1e9)}"


def pip_command(python, *words):
    options = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    return [python, "-m", "pip", "install", *options, *words]


def pip(environment, *words):
    subprocess.run(pip_command(environment[0], *words), check=True, capture_output=True, timeout=120)


def easy_install(site, *lines, style="raw"):
    if style == "rewrite":
        head = "import sys; sys.__plen = len(sys.path)"
        tail = (
            "import sys; new=sys.path[sys.__plen:]; del sys.path[sys.__plen:]; "
            "p=getattr(sys,'__egginsert',0); sys.path[p:p]=new; sys.__egginsert = p+len(new)"
        )
        lines = [head, *lines, tail]
    return write(site / "easy-install.pth", "".join(f"{line}\n" for line in lines))
