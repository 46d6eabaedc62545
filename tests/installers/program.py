"""The process under test: imports modules of "lib" late, one after the other, asks for changes, and takes what is ready.

Prints "ready" when it is loaded and kept; ends when its input ends, and prints what it saw as JSON. `whole` is its own, independent look at
the disk at the moment when midflight says that a version is ready.
"""

import base64
import csv
import hashlib
import json
import os
import pathlib
import sys
import threading
import time

import lib
import midflight
from midflight import _engine

SITE, TAKES, SECONDS = pathlib.Path(sys.argv[1]), sys.argv[2] == "takes", float(sys.argv[3])
MODULES = int(sys.argv[4])
SEEN = {"failed": [], "mixed": [], "states": [], "early": [], "taken": [], "refused": [], "imports": 0, "latency": None}


# dpkg ends with its own notes of what is installed: until then its lock and journal say that it is at work
WRITTEN = [SITE, SITE.parents[3] / "var/lib/dpkg"]


def changed():
    """When the installer changed anything last."""
    latest = 0
    for folder, folders, files in (entry for place in WRITTEN for entry in os.walk(place)):
        for name in [*folders, *files, "."]:
            if "__pycache__" not in (name, os.path.basename(folder)):
                try:
                    latest = max(latest, os.stat(os.path.join(folder, name)).st_ctime_ns)
                except OSError:
                    pass
    return latest


def whole(version):
    """Is every file that the version has there, with the content that it has?"""
    for record in SITE.glob("lib-*.dist-info/RECORD"):
        for name, digest, _ in csv.reader(record.read_text().splitlines()):
            if digest and name.endswith(".py"):
                data = (SITE / name).read_bytes()
                if base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode() != digest[7:]:
                    return False
    places = [path.parent for path in [*SITE.glob("lib/data.txt"), *SITE.glob(f"lib-{version}-*.egg/lib/data.txt")]]
    names = ["__init__", *(f"m{i}" for i in range(MODULES))]
    numbers = {(place / f"{name}.py").read_text().split("\n")[0] for place in places for name in names}
    return numbers == {f"N = {version!r}"} and {(place / "data.txt").read_text() for place in places} == {version}


def late(i):
    try:
        module = __import__(f"lib.m{i}", fromlist=["N"])
        SEEN["imports"] += 1
        if module.N != lib.N:
            SEEN["mixed"].append([i, module.N, lib.N])
    except BaseException as error:
        SEEN["failed"].append(f"{i}: {type(error).__name__}: {error}")


def look():
    rows = [row for row in midflight.changes() if row.name == "lib"]
    state = [rows[0].state, rows[0].installed, rows[0].cause] if rows else [None, None, ""]
    now = time.time_ns()
    if not SEEN["states"] or SEEN["states"][-1][:2] != state[:2]:
        SEEN["states"].append(state)
    if state[0] != "ready":
        return
    if SEEN["latency"] is None:
        SEEN["latency"] = (now - changed()) / 1e6
    if not whole(state[1]):
        SEEN["early"].append(state)
    if TAKES:
        try:
            midflight.upgrade("lib")
            SEEN["taken"].append([state[1], lib.N])
        except midflight.UpgradeRefused as refusal:
            SEEN["refused"].append(str(refusal))


def main():
    assert [row for row in _engine.kept(30)["kept"] if row[0] == "lib"][0][2] == "kept", _engine.kept(0)
    print("ready", flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    begin, i = time.monotonic(), 0
    while not ended.is_set():
        if i < MODULES - 5 and (time.monotonic() - begin) * MODULES > i * SECONDS:
            late(i)
            i += 1
        look()
        time.sleep(0.001)
    for rest in range(i, MODULES):
        late(rest)
    SEEN["loaded"] = sorted({module.N for name, module in sys.modules.items() if name.split(".")[0] == "lib"})
    print(json.dumps(SEEN))


main()
