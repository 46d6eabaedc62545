"""src/disk, asked through disk_probe.c: a command-line program compiled here, plainly and with the sanitizers.

Three kinds of evidence: what pip really leaves (wheels made here, installed into an environment made here, no network); each
state of a half-written install laid out by hand; and two oracles, Python's csv module for RECORD and
site.addsitedir in a fresh interpreter for .pth files.
"""

import base64
import csv
import hashlib
import importlib.metadata
import io
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.disk import (
    BYTECODE,
    CODE,
    EXTENSION,
    METADATA,
    OUTSIDE,
    PACKAGE,
    SOURCE,
    Probe,
    easy_install,
    install,
    later,
    make_egg,
    make_wheel,
    pip,
    pip_command,
    row,
    write,
)

# ---- what pip really leaves ----


def test_pip_target(probe, environment, tmp_path):
    files = {
        **CODE,
        "demo/data,with comma.txt": "x",
        'demo/quo"te.txt': "y",
        "demo/compiled.abi3.so": "no library",
        "single.py": "x = 1\n",
        "space/inner/__init__.py": "",
    }
    wheel = make_wheel(tmp_path, "Demo.Dist", "1.0", files, ["requests (>=2) ; extra == 'net'", "idna<4"])
    site = tmp_path / "target"
    pip(environment, "--target", site, wheel)
    answers = probe.run("dist", site, "demo_dist")
    found = {a["relative"]: a for a in answers if a["is"] == "file"}
    assert {path for path in found if "__pycache__" not in path and ".dist-info" not in path} == set(files)
    assert found["demo/__init__.py"]["module"] == "demo"
    assert found["demo/__init__.py"]["flags"] == SOURCE | PACKAGE
    assert found["demo/sub.py"]["module"] == "demo.sub"
    assert found["demo/compiled.abi3.so"]["module"] == "demo.compiled"
    assert found["demo/compiled.abi3.so"]["flags"] == EXTENSION
    assert found["space/inner/__init__.py"]["module"] == "space.inner"
    assert found["demo/sub.py"]["sha256"] == hashlib.sha256(files["demo/sub.py"].encode()).hexdigest()
    assert found["demo/sub.py"]["size"] == len(files["demo/sub.py"])
    assert found["demo/sub.py"]["path"] == str(site / "demo/sub.py")
    bytecode = [a for path, a in found.items() if path.endswith(".pyc")]
    assert bytecode and all(a["module"] is None and a["flags"] == BYTECODE for a in bytecode)
    tops = {a["name"]: a["own"] for a in answers if a["is"] == "top"}
    assert tops == {"demo": 1, "single": 1, "space": 0}
    assert [a["text"] for a in answers if a["is"] == "requires"] == ["requests (>=2) ; extra == 'net'", "idna<4"]
    loaded = next(a for a in answers if a["is"] == "loaded")
    assert (loaded["installer"], loaded["record"], loaded["n_problems"]) == ("pip", "signed", 0)
    assert probe.ready(site, "demo.dist", "hashes")["result"] == 0
    info = Path(answers[0]["metadata_dir"])
    record = (info / "RECORD").read_bytes()
    identity = next(a for a in answers if a["is"] == "identity")
    status = info.stat()
    assert identity["content"] == hashlib.sha256(record).hexdigest()
    assert identity["who"] == hashlib.sha256(b"demo-dist\x001.0\x00").hexdigest()
    assert (identity["inode"], identity["ctime_ns"]) == (status.st_ino, status.st_ctime_ns)


def test_pip_target_upgrade_leaves_two(probe, environment, tmp_path):
    """pip --target --upgrade leaves the old dist-info beside the new one; the files decide, not the number."""
    for versions in (["1.0", "2.0"], ["2.0", "1.0"]):
        site = tmp_path / f"target{versions[1]}"
        for version in versions:
            files = {"demo/__init__.py": f"v = '{version}'\n"}
            pip(environment, "--target", site, "--upgrade", make_wheel(tmp_path, "demo", version, files))
        assert len(list(site.glob("*.dist-info"))) == 2
        for flags in ([], ["-shallow"]):
            assert probe.scan(site, *flags)["demo"]["version"] == versions[1]
        assert probe.code(site, "demo") == "ready"
        assert probe.code(site, f"demo-{versions[0]}.dist-info") in ("inactive", "unfinished")
        assert probe.code(site, f"demo-{versions[0]}.dist-info", later()) == "inactive"


def test_agrees_with_importlib_metadata(probe, environment):
    """Every environment at hand: names, versions and files as importlib.metadata has them."""
    for site in {environment[1], *(Path(entry) for entry in sys.path if entry.endswith("-packages"))}:
        if not site.is_dir():
            continue
        expected = {}
        for dist in importlib.metadata.distributions(path=[str(site)]):
            if ".dist-info" in str(dist._path) and not dist._path.name.startswith("~"):
                name = re.sub(r"[-_.]+", "-", dist.metadata["Name"]).lower()
                expected[name] = dist
        found = probe.scan(site)
        assert set(found) - set(expected) == set()
        assert {name for name in expected if name not in found} == set()
        for name, dist in expected.items():
            if list(expected).count(name) == 1 and dist.files is not None:
                files = {os.path.normpath(os.path.join(site, file)) for file in map(str, dist.files)}
                answers = probe.run("dist", site, name)
                assert {a["path"] for a in answers if a["is"] == "file"} == files
                assert [a["text"] for a in answers if a["is"] == "requires"] == (dist.requires or [])


def many(site, count):
    """More than one thread reads, some of them what makes no sense. name -> version."""
    expected = {}
    for n in range(count):
        info, name, version = site / f"made_{n:03}-1.{n}.dist-info", f"made-{n:03}", f"1.{n}"
        if n % 7 == 3:
            info.mkdir()
        elif n % 7 == 5:
            write(info / "METADATA", b"Name: \xff\nVersion: 1\n")
        else:
            version += ".post1"
            write(info / "METADATA", f"Name: Made.{n:03}\nVersion: {version}\nRequires-Dist: other>={n}\n\n")
        expected[name] = version
    return expected


def test_many_at_once(probe, site):
    expected = many(site, 400)
    found = probe.scan(site)
    assert {name: dist["version"] for name, dist in found.items()} == expected
    assert [dist["parts"] for dist in found.values()].count(1) == sum(v.endswith("post1") for v in expected.values())


def test_many_at_once_without_memory(programs, site):
    many(site, 66)
    assert Probe(programs["faults"]).one("faults", "faults", site, "17")["n"] > 300


def modules(version, count):
    body = "".join(f"def f{n}(): return {n}\n" for n in range(40))
    files = {f"big/m{n:03}.py": f"version = '{version}'\n" + body for n in range(count)}
    return {**files, "big/__init__.py": f"version = '{version}'\n"}


@pytest.mark.parametrize("order", [["1.0", "2.0"], ["2.0", "1.0"]])
def test_watching_pip(programs, environment, tmp_path, order):
    """While pip upgrades, "ready" is never said of anything but the whole old or the whole new version."""
    probe, (python, site) = Probe(programs["plain"]), environment
    old, new = (make_wheel(tmp_path, "big", version, modules(version, 150)) for version in order)
    pip(environment, "--force-reinstall", old)
    assert probe.code(site, "big", "hashes") == "ready"
    seen = []
    process = subprocess.Popen(pip_command(python, "--force-reinstall", new), stdout=subprocess.DEVNULL)
    while process.poll() is None:
        words = {a["is"]: a for a in probe.run("ready", site, "big", "hashes")}
        if "nothing" in words:
            seen.append("absent")
        elif words["ready"]["result"] == 0:
            seen.append("ready " + words["ready"]["version"])
        else:
            seen.append(words["ready"]["code"])
    assert process.returncode == 0
    assert probe.one("dist", "dist", site, "big")["version"] == order[1]
    assert probe.ready(site, "big", "hashes")["result"] == 0
    kinds = [kind for i, kind in enumerate(seen) if i == 0 or kind != seen[i - 1]]
    # "pending": all files of a wheel are there and its own RECORD, which pip has not signed yet
    assert set(kinds) <= {f"ready {order[0]}", f"ready {order[1]}", "absent", "unfinished", "pending"}, kinds
    assert kinds[0] == f"ready {order[0]}"
    assert "unfinished" in kinds or "absent" in kinds, kinds


# ---- the states of a half-written install (pip's time line) ----


def test_absent(probe, site):
    assert probe.scan(site) == {}
    assert probe.ask("nothing", "ready", site, "demo")
    assert probe.run("scan", site / "does not exist") == []


def test_not_a_directory(probe, site):
    answer = probe.one("error", "scan", write(site / "file"))
    assert answer["errno"] == 20 and "file" in answer["text"]


def test_metadata_before_code(probe, site):
    """The dist-info is there, RECORD is not: pip is between the two when its stash is young."""
    install(site, "demo", "2.0", CODE, installer=None, record=False)
    (site / "~emo-1.0.dist-info").mkdir()
    answer = probe.ready(site, "demo")
    assert answer["code"] == "unfinished" and "~emo-1.0.dist-info" in answer["file"]
    assert [a["name"] for a in probe.ask("leftover", "scan", site)] == ["~emo-1.0.dist-info"]
    assert probe.code(site, "demo", later()) == "handmade"
    assert probe.code(site, "demo", later(), f"since={time.time_ns() - 10**10}") == "unfinished"


def test_old_leftovers_do_not_matter(probe, site):
    install(site, "demo", "2.0", CODE)
    write(site / "~emo/__init__.py")
    write(site / "~emo-1.0.dist-info/METADATA", "Name: demo\nVersion: 1.0\n")
    assert probe.code(site, "demo") == "unfinished"
    assert probe.code(site, "demo", later(), "hashes") == "ready"
    assert set(probe.scan(site)) == {"demo"}


def test_no_metadata_yet(probe, site):
    info = install(site, "demo", "2.0", CODE)
    for content in (None, b"", b"Metadata-Version: 2.1\n"):
        (info / "METADATA").unlink(missing_ok=True)
        if content is not None:
            write(info / "METADATA", content)
        assert probe.scan(site)["demo"]["version"] == "2.0"  # the directory's name is all there is
        answer = probe.ready(site, "demo")
        assert answer["code"] == "unfinished" and answer["file"].endswith("/METADATA")


def test_record_missing(probe, site):
    info = install(site, "demo", "2.0", CODE, record=False)
    answer = probe.ready(site, "demo", later())
    assert answer["code"] == "unfinished" and answer["file"] == str(info / "RECORD") and "pip" in answer["text"]
    write(info / "INSTALLER", "by-hand\n")
    assert probe.code(site, "demo") == "handmade"


def test_record_empty(probe, site):
    info = install(site, "demo", "2.0", CODE)
    write(info / "RECORD", "")
    answer = probe.ready(site, "demo", later())
    assert answer["code"] == "unfinished" and "empty" in answer["text"]


def test_record_raw(probe, site):
    """The wheel's own RECORD: whole, but INSTALLER is not in it."""
    info = install(site, "demo", "2.0", CODE, installer=None)
    assert probe.code(site, "demo") == "pending"
    assert probe.code(site, "demo", later(0.06)) == "ready", "all is there as it says, and still for a moment"
    (site / "~emo").mkdir()
    assert probe.code(site, "demo", later(4)) == "pending" and probe.code(site, "demo", later()) == "ready", "pip's"
    (site / "~emo").rmdir()
    (site / "demo/data.txt").write_bytes(b"y" * (site / "demo/data.txt").stat().st_size)
    assert probe.code(site, "demo", later(0.06)) == "pending", "a file that no import would read has another content"
    for installer in ("pip", "uv"):
        write(info / "INSTALLER", f"{installer}\n")
        answer = probe.ready(site, "demo", later())
        assert answer["code"] == "unfinished" and "INSTALLER" in answer["text"] and installer in answer["text"]


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, -1])
def test_record_cut(probe, site, keep):
    info = install(site, "demo", "2.0", CODE)
    whole = (info / "RECORD").read_bytes()
    write(info / "RECORD", whole[: int(len(whole) * keep) if keep > 0 else keep])
    answer = probe.ready(site, "demo", later())
    assert answer["code"] == "unfinished" and answer["file"] == str(info / "RECORD")


def test_record_cut_at_a_line(probe, site):
    info = install(site, "demo", "2.0", CODE)
    lines = (info / "RECORD").read_bytes().splitlines(True)
    write(info / "RECORD", b"".join(lines[:-1]))
    assert probe.code(site, "demo", later()) == "unfinished"


def listed(probe, site, paths):
    """(was RECORD taken as it is?, path -> does it list that?), the same before and after it is taken apart."""
    answers = probe.run("taken", site, "demo", *paths)
    listed = [answer for answer in answers if answer["is"] == "listed"]
    assert [answer["before"] for answer in listed] == [answer["after"] for answer in listed], listed
    taken = next(answer for answer in answers if answer["is"] == "taken")
    assert taken["same"] == taken["taken"], "the digest of what was taken is another one"
    return taken["taken"], {answer["path"]: answer["after"] for answer in listed}


def test_taken_says_what_rows_say(probe, site):
    """Whose a file is, is told from the text of RECORD; it must be what reading the rows tells."""
    info = install(site, "demo", "2.0", CODE)
    whole = (info / "RECORD").read_text()
    paths = [str(site / row[0]) for row in csv.reader(whole.splitlines())]
    odd = [
        f"{site}/emo/sub.py",
        f"{site}/demo/sub.p",
        f"{site}/demo",
        f"{site}/demo/sub.py,",
        "/demo/sub.py",
        f"{site}x",
    ]
    assert listed(probe, site, [*paths, *odd]) == (1, dict.fromkeys(paths, 1) | dict.fromkeys(odd, 0))
    more = [
        f"{site}/{name}" for name in ("a.py", "demo/a.py", "demo/b.py", "b/a.py", ".hidden", "demo/.hidden", "x,y.py")
    ]
    base = site.name
    for lines, taken in (
        (["a.py,,", "demo/.hidden,,", ".hidden,,", "../../bin/demo,,"], 1),
        (["demo//a.py,,"], 0),
        (["demo/./a.py,,", "./a.py,,"], 0),
        (["b/../a.py,,"], 0),
        ([f"../{base}/demo/a.py,,"], 0),
        ([f"{site}/a.py,,"], 0),
        (['"x,y.py",,'], 0),
        (["a.py", "demo/a.py,"], 0),
        (["a.py,,,"], 0),
        (["a.py,,\r", "demo/b.py,,\r"], 1),
        (["a.py,,\rdemo/b.py,,"], 0),
        (["a.py,sha256=bad,many"], 1),
    ):
        write(info / "RECORD", "\n".join(lines) + "\n" + whole)
        assert listed(probe, site, [*paths, *more])[0] == taken, lines


def test_taken_as_pip_writes_it(probe, environment, tmp_path):
    """Its lines end in two characters."""
    site = tmp_path / "target"
    pip(environment, "--target", site, make_wheel(tmp_path, "demo", "1.0", CODE))
    paths = [str(site / path) for path in CODE]
    assert listed(probe, site, [*paths, f"{site}/demo/su"]) == (1, dict.fromkeys(paths, 1) | {f"{site}/demo/su": 0})


def test_taken_with_one_row_many_times(probe, site):
    """An installer that appends what is there already: looking for room costs no more than for other rows."""
    info = install(site, "demo", "2.0", CODE)
    write(info / "RECORD", "demo/sub.py,,\n" * 400_000 + (info / "RECORD").read_text())
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert listed(probe, site, [f"{site}/demo/sub.py"]) == (1, {f"{site}/demo/sub.py": 1})
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 30


def test_taken_editable(probe, site):
    """What other files say counts as well: nothing is put off."""
    info = install(site, "demo", "2.0", CODE)
    write(info / "direct_url.json", '{"url": "file:///nowhere", "dir_info": {"editable": true}}')
    assert listed(probe, site, [])[0] == 0


def test_mixed(probe, site):
    """The final RECORD is there, files are not (uv removes them one by one): unfinished, and modified when that stays."""
    install(site, "demo", "2.0", CODE)
    assert probe.ready(site, "demo")["result"] == 0
    (site / "demo/sub.py").unlink()
    for when, code in ([], "unfinished"), ([later()], "modified"):
        answer = probe.ready(site, "demo", *when)
        assert (answer["code"], answer["file"]) == (code, str(site / "demo/sub.py")) and "missing" in answer["text"]
    write(site / "demo/sub.py", "")
    for when, code in ([], "unfinished"), ([later()], "modified"):
        answer = probe.ready(site, "demo", *when)
        assert answer["code"] == code and "0 bytes" in answer["text"]
    shutil.rmtree(site / "demo")
    assert probe.code(site, "demo") == "unfinished"


def test_hashes_only_when_asked(probe, site):
    install(site, "demo", "2.0", CODE)
    text = CODE["demo/sub.py"]
    write(site / "demo/sub.py", text.replace("1", "2"))
    write(site / "demo/data.txt", "atad\n")
    assert probe.code(site, "demo", later()) == "ready"
    assert probe.code(site, "demo", "hashes") == "unfinished"
    answer = probe.ready(site, "demo", "hashes", later())
    assert answer["code"] == "modified" and "SHA-256" in answer["text"] and answer["file"].endswith("sub.py")
    assert probe.code(site, "demo", "hashes", "only=demo", later()) == "ready"
    assert probe.code(site, "demo", "hashes", "only=demo.sub", later()) == "modified"


def test_lost_bytecode_is_nothing(probe, site):
    pyc = "demo/__pycache__/sub.cpython-311.pyc,,\n"
    install(site, "demo", "2.0", CODE, extra=pyc)
    assert probe.code(site, "demo", "hashes") == "ready"


def test_folder_where_a_file_should_be(probe, site):
    install(site, "demo", "2.0", CODE)
    (site / "demo/data.txt").unlink()
    os.mkfifo(site / "demo/data.txt")
    assert probe.code(site, "demo", "hashes", later()) == "modified"


def test_links_are_followed(probe, site, tmp_path):
    """uv can make every file a symbolic link into its cache."""
    cache = tmp_path / "cache"
    install(cache, "demo", "2.0", CODE)
    for path in [path for path in cache.rglob("*") if path.is_file()]:
        target = site / path.relative_to(cache)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(path)
    assert probe.code(site, "demo", "hashes") == "ready"


def test_orphan_of_a_failed_install(probe, site):
    """pip rolls back the files of an install that failed, but leaves its dist-info."""
    install(site, "demo", "2.0", CODE)
    install(site, "demo", "10.0", {**CODE, "demo/sub.py": "def f(): return 2\n"}, installer=None)
    write(site / "demo/sub.py", CODE["demo/sub.py"])
    assert probe.scan(site)["demo"]["version"] == "2.0"
    assert probe.code(site, "demo", "hashes") == "ready"
    # nothing but metadata differs: the one that an installer signed
    install(site, "same", "2.0", {"same.py": ""}, installer=None)
    install(site, "same", "1.0", {"same.py": ""})
    assert probe.scan(site)["same"]["version"] == "1.0"


def test_changed_is_the_latest_ctime(probe, site):
    install(site, "demo", "2.0", CODE)
    newest = max(path.stat().st_ctime_ns for path in site.rglob("*") if path.is_file())
    assert probe.ready(site, "demo")["changed_ns"] >= newest


# ---- identity ----


def test_identity(probe, site, tmp_path):
    def identity():
        return probe.one("identity", "dist", site, "demo")

    install(site, "demo", "2.0", CODE)
    first = identity()
    assert identity() == first
    shutil.move(site / "demo-2.0.dist-info", tmp_path / "aside")
    install(site, "demo", "2.0", CODE)
    again = identity()
    assert (again["who"], again["content"]) == (first["who"], first["content"])
    assert (again["inode"], again["ctime_ns"]) != (first["inode"], first["ctime_ns"])
    shutil.rmtree(site / "demo-2.0.dist-info")
    install(site, "demo", "2.0", {**CODE, "demo/sub.py": "pass\n"})
    assert identity()["content"] != first["content"] and identity()["who"] == first["who"]


@pytest.mark.parametrize("change", ["nothing", "in place", "entry", "gone", "metadata", "pth", "site"])
def test_unchanged(probe, site, change):
    """easy_install and uv write in place, which no directory shows."""
    info = install(site, "demo", "2.0", CODE)
    pth = write(site / "easy-install.pth", "./a\n")
    time.sleep(0.05)  # two changes in one tick of the clock look like one, so a fresh file never counts as unchanged
    words = [probe.program, "unchanged", site, "demo"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert "waiting" in process.stdout.readline()
    if change == "in place":
        write(info / "RECORD", (info / "RECORD").read_bytes()[:-1] + b"\r")
    elif change == "entry":
        write(info / "REQUESTED")
    elif change == "gone":
        shutil.rmtree(info)
    elif change == "metadata":
        write(info / "METADATA", (info / "METADATA").read_bytes())
    elif change == "pth":
        write(pth, "./b\n")
    elif change == "site":
        write(site / "new.py")
    out, _ = process.communicate("\n", timeout=60)
    answer = json.loads(out)
    assert answer["site_unchanged"] == (change == "nothing")
    assert answer["unchanged"] == (change in ("nothing", "pth", "site"))


# ---- RECORD itself ----


def test_rows_outside_the_root(probe, site, tmp_path):
    """Scripts and absolute rows are known by name and never looked at."""
    extra = f"../bin/demo,sha256=abc,7\n{tmp_path}/abs.py,,\n../../../../../../../../../../etc/passwd,,9\n./demo/./x/../sub.py,,\n"
    info = install(site, "demo", "2.0", CODE, extra=extra)
    answers = probe.run("dist", site, "demo")
    files = {a["path"]: a for a in answers if a["is"] == "file"}
    for path in (tmp_path / "bin/demo", tmp_path / "abs.py", Path("/etc/passwd")):
        assert files[str(path)]["flags"] == OUTSIDE and files[str(path)]["relative"] is None
    assert sum(path.endswith("demo/sub.py") for path in files) == 1  # the same file, twice
    assert files[str(site / "demo/sub.py")]["size"] == len(CODE["demo/sub.py"])
    assert files[str(info / "METADATA")]["flags"] == METADATA
    assert [a["line"] for a in answers if a["is"] == "problem"] == [8]  # the hash of ../bin/demo
    assert probe.code(site, "demo") == "ready"


def test_bad_lines_are_named_and_the_others_kept(probe, site):
    bad = (
        'x.py,sha256=short,1\ny.py,nonsense,2\nz.py,,many\n,,\na,b,c,d\n"qu""ote.py",,\n\n"open,,\nlast.py,md5=abc,3\n'
    )
    install(site, "demo", "2.0", {"demo.py": ""}, extra=bad)
    answers = probe.run("dist", site, "demo")
    assert [a["line"] for a in answers if a["is"] == "problem"] == [6, 7, 8, 9, 10, 13]
    assert all(a["cause"] for a in answers if a["is"] == "problem")
    files = {a["relative"]: a for a in answers if a["is"] == "file"}
    assert {"x.py", "y.py", "z.py", "last.py", 'qu"ote.py'} <= set(files)
    assert files["last.py"]["hash"] == 2 and files["last.py"]["line"] == 14 and files["last.py"]["size"] == 3


def test_digest_forms(probe, tmp_path):
    content = b"content"
    digest = hashlib.sha256(content).digest()
    forms = [
        base64.urlsafe_b64encode(digest).decode(),
        base64.urlsafe_b64encode(digest).decode().rstrip("="),
        base64.b64encode(digest).decode(),
        digest.hex(),
        digest.hex().upper(),
    ]
    record = write(tmp_path / "RECORD", "".join(row("a", content, form) for form in forms))
    rows = probe.ask("row", "record", record)
    assert [(a["hash"], a["sha256"], a["cause"]) for a in rows] == [(1, digest.hex(), None)] * len(forms)


def test_record_as_csv(probe, tmp_path):
    """Paths of every kind, written by Python's csv module, come back."""
    chance = random.Random(3)
    for ending in ("\n", "\r\n"):
        letters = 'ab,"\n/ .é\t' + ending  # older csv modules quote no \\r unless lines end with it
        paths = ["".join(chance.choices(letters, k=chance.randint(1, 12))) for _ in range(3000)]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator=ending)
        writer.writerows((path, "", n) for n, path in enumerate(paths))
        record = write(tmp_path / "RECORD", text.getvalue().encode())
        expected = [line[0] for line in csv.reader(io.StringIO(text.getvalue(), newline=""))]
        assert expected == paths
        rows = probe.ask("row", "record", record)
        assert [(a["path"], a["size"], a["cause"]) for a in rows] == [(path, n, None) for n, path in enumerate(paths)]
        assert probe.one("end", "record", record)["terminated"] == 1


def test_bounds(probe, site, tmp_path):
    info = install(site, "demo", "2.0", CODE, extra="x" * ((1 << 20) + 1) + ",,\n")
    answer = probe.one("error", "dist", site, "demo")
    assert answer["errno"] == 27 and str(info / "RECORD") in answer["text"] and "line 8" in answer["text"]
    with open(info / "RECORD", "wb") as file:
        file.truncate((64 << 20) + 1)
    answer = probe.one("error", "ready", site, "demo")
    assert answer["errno"] == 27 and str(info / "RECORD") in answer["text"]
    # one that cannot be read does not hide the others
    install(site, "other", "1.0", {"other.py": ""})
    answers = probe.run("owner", site, site / "other.py", site / "demo/sub.py")
    assert [a["name"] for a in answers if a["is"] == "owner"] == ["other", None]
    (info / "RECORD").unlink()
    (info / "RECORD").mkdir()
    assert str(info / "RECORD") in probe.one("error", "dist", site, "demo")["text"]
    with open(site / "huge.pth", "wb") as file:
        file.truncate((4 << 20) + 1)
    assert probe.scan(site).keys() == {"demo", "other"}
    assert probe.one("problem", "scan", site)["file"] == str(site / "huge.pth")


def test_quotes_that_never_end_cost_little(probe, tmp_path):
    lines = ['"open,,\n', *["b,,\n"] * 300_000, '"again,,\n', *["b,,\n"] * 300_000]
    record = write(tmp_path / "RECORD", "".join(lines))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    rows = probe.ask("row", "record", record)
    assert [a["line"] for a in rows if a["cause"]] == [1, 300_002] and len(rows) == len(lines)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 30


def test_noise(probe, tmp_path):
    """Damaged metadata, RECORD and .pth files of every kind: an answer, never a crash."""
    chance = random.Random(7)
    site = tmp_path / "noise"
    for n in range(150):
        info = install(site, f"demo{n}", "2.0", {f"demo{n}.py": "x = 1\n"}, ["a", "b"])
        for name in ("RECORD", "METADATA", "INSTALLER"):
            content = bytearray((info / name).read_bytes())
            for _ in range(chance.randint(0, 4)):
                at = chance.randrange(len(content))
                content[at : at + chance.randint(0, 9)] = bytes(
                    chance.choices(b'\n\r",=:\0\xff az', k=chance.randint(0, 5))
                )
                content = content or bytearray(b" ")
            write(info / name, bytes(content))
        write(site / f"{n}.pth", bytes(chance.choices(b"./ab\n\r #\0\xffimport", k=chance.randint(0, 60))))
    dists = probe.ask("dist", "scan", site)
    assert len(dists) == 150
    for n in range(0, 150, 5):
        probe.run("ready", site, f"demo{n}-2.0.dist-info", "hashes")
    probe.run("owner", site, "/nowhere")
    probe.run("paths", site)


# ---- which file belongs to whom ----


def test_owner(probe, site):
    install(site, "zz", "1.0", {"shared/a.py": "", "both.py": ""})
    install(site, "aa", "1.0", {"shared/b.py": "", "both.py": ""})
    paths = [site / name for name in ("shared/a.py", "shared/b.py", "both.py", "shared/nobody.py")]
    answers = probe.ask("owner", "owner", site, *paths)
    assert [a["name"] for a in answers] == ["zz", "aa", "aa", None]
    assert all(a["same"] for a in answers)


def test_module_order(probe, site):
    """As the import system: a package before a module, an extension before source before bytecode."""
    files = [
        "m/__init__.py",
        "m.py",
        "n.py",
        "n.cpython-311-x86_64-linux-gnu.so",
        "o.pyc",
        "bad-name/x.py",
        "p/__main__.py",
    ]
    install(site, "demo", "1.0", dict.fromkeys(files, ""))

    def where(module):
        return [a["relative"] for a in probe.ask("file", "module", site, "demo", module)]

    assert where("m") == ["m/__init__.py"]
    assert where("n") == ["n.cpython-311-x86_64-linux-gnu.so"]
    assert where("o") == ["o.pyc"]
    assert where("p.__main__") == ["p/__main__.py"]
    assert where("bad-name.x") == where("x") == []


def test_names(probe, site):
    names = ["Foo.Bar", "foo__bar", "FOO-._bar", "a", "x.Y-z_"]
    answers = probe.ask("canonical", "canonical", *names)
    assert [a["name"] for a in answers] == [re.sub(r"[-_.]+", "-", name).lower() for name in names]
    install(site, "Zope.Interface", "5.0", {"x.py": ""})
    for spelling in ("zope.interface", "Zope-Interface", "zope_interface"):
        assert probe.one("dist", "dist", site, spelling)["name"] == "zope-interface"


def test_directory_name_is_a_hint(probe, site):
    info = install(site, "demo", "2.0", CODE)
    info.rename(site / "other-9.dist-info")
    dist = probe.scan(site)["demo"]
    assert dist["version"] == "2.0"
    assert probe.scan(site, "-shallow")["other"]["version"] == "9"


def test_normalise(probe):
    paths = ["x", "./x//y/", "../x", "../../../..", "/", "//x", "/a/./b/../c", "a/..", "", "..", "/..", "a//../b/."]
    answers = probe.ask("path", "normalise", "/base/dir", *paths)
    expected = [os.path.normpath(os.path.join("/base/dir", path)).replace("//", "/") for path in paths]
    assert [a["path"] for a in answers] == expected


# ---- laid out by hand ----


def test_handmade(probe, site):
    info = install(site, "demo", "2.0", CODE, installer=None, record=False)
    assert probe.code(site, "demo") == "handmade"
    assert probe.ask("file", "dist", site, "demo") == []
    before = probe.one("identity", "dist", site, "demo")
    answers = probe.run("adopt", site, "demo", "demo")
    assert {a["relative"] for a in answers if a["is"] == "file"} == set(CODE)
    assert {a["module"] for a in answers if a["is"] == "file"} == {"demo", "demo.sub", None}
    adopted = next(a for a in answers if a["is"] == "identity")
    assert adopted["content"] != before["content"]
    write(site / "demo/sub.py", "something = 'else'\n")
    assert probe.one("identity", "adopt", site, "demo", "demo")["content"] != adopted["content"]
    write(info / "top_level.txt", "demo\nmissing\n")
    assert {a["relative"] for a in probe.ask("file", "dist", site, "demo")} == set(CODE)
    assert "no name" in probe.one("error", "adopt", site, "demo", "../x")["text"]
    install(site, "proper", "2.0", {"proper.py": ""})
    assert probe.one("error", "adopt", site, "proper", "demo")["errno"] == 22


# ---- eggs ----


@pytest.mark.parametrize("style", ["raw", "rewrite"])
def test_eggs_beside_each_other(probe, site, style):
    eggs = {version: make_egg(site, "demo", version, CODE) for version in ("1.0", "2.0", "10.0")}
    assert probe.scan(site) == {}
    for version, egg in eggs.items():
        easy_install(site, f"./{egg.name}", style=style)
        dist = probe.scan(site)["demo"]
        assert (dist["kind"], dist["version"], dist["root"]) == ("egg", version, str(egg))
        assert probe.scan(site, "-shallow")["demo"]["version"] == version
        assert probe.entries(site) == [(str(egg), int(style == "rewrite"))]
        assert probe.code(site, "demo") == "ready"
        others = {dist["version"] for dist in probe.ask("dist", "scan", site) if not dist["active"]}
        assert others == set(eggs) - {version}
    assert probe.code(site, eggs["1.0"].name, later()) == "inactive"
    # two lines for one project: the first wins, whatever the numbers say
    easy_install(site, "", f"./{eggs['1.0'].name}", f"./{eggs['10.0'].name}", style=style)
    assert probe.scan(site)["demo"]["version"] == "1.0"


def test_egg_files_and_identity(probe, site):
    egg = make_egg(site, "demo", "1.0", CODE)
    easy_install(site, f"./{egg.name}")
    answers = probe.run("dist", site, "demo")
    files = {a["relative"]: a for a in answers if a["is"] == "file"}
    assert set(files) == {*CODE, "EGG-INFO/PKG-INFO", "EGG-INFO/top_level.txt"}
    assert files["demo/sub.py"]["module"] == "demo.sub" and files["EGG-INFO/PKG-INFO"]["flags"] == METADATA
    assert [a["name"] for a in answers if a["is"] == "top"] == ["demo"]
    assert probe.one("owner", "owner", site, egg / "demo/sub.py")["name"] == "demo"
    identity = next(a for a in answers if a["is"] == "identity")
    write(egg / "demo/__pycache__/sub.cpython-311.pyc", "an import wrote this")
    assert probe.one("identity", "dist", site, "demo") == identity
    os.utime(egg / "demo/sub.py", ns=(1, 1))
    assert probe.one("identity", "dist", site, "demo")["content"] != identity["content"]
    loop = egg / "demo/loop"
    loop.symlink_to(egg)
    assert probe.one("identity", "dist", site, "demo")["inode"] == identity["inode"]


def test_egg_half_extracted(probe, site):
    """The same version again: the old folder is gone, EGG-INFO is there first, easy-install.pth does not change."""
    egg = make_egg(site, "demo", "1.0", CODE)
    easy_install(site, f"./{egg.name}")
    shutil.rmtree(egg / "demo")
    answer = probe.ready(site, "demo")
    assert answer["code"] == "unfinished" and "top_level.txt" in answer["text"]
    assert probe.code(site, "demo", later()) == "modified"
    (egg / "EGG-INFO/PKG-INFO").unlink()
    assert probe.code(site, "demo", later()) == "unfinished"


@pytest.mark.parametrize("content", ["", "./demo-1.0-py3.11.egg", "./demo-1.0-py3.11.egg\n./oth"])
def test_pth_being_written(probe, site, content):
    egg = make_egg(site, "demo", "1.0", CODE)
    install(site, "wheel", "1.0", {"x.py": ""})
    write(site / "easy-install.pth", content)
    assert probe.one("pth", "scan", site)["incomplete"] == 1
    for name in ("wheel", "demo" if content else egg.name):
        answer = probe.ready(site, name)
        assert answer["code"] == "unfinished" and answer["file"] == str(site / "easy-install.pth")
    assert probe.code(site, "wheel", later()) == "ready"
    assert probe.code(site, "demo" if content else egg.name, later()) == ("ready" if content else "inactive")


def test_wheel_and_egg_of_one_name(probe, site):
    """The site directory comes before what its .pth files add, unless they put it in front."""
    install(site, "demo", "1.0", CODE)
    egg = make_egg(site, "demo", "2.0", CODE)
    assert probe.scan(site)["demo"]["kind"] == "wheel"
    easy_install(site, f"./{egg.name}")
    assert probe.scan(site)["demo"]["kind"] == "wheel"
    easy_install(site, f"./{egg.name}", style="rewrite")
    assert probe.scan(site)["demo"]["kind"] == "egg"


def test_damaged_egg_hides_what_comes_later(probe, site):
    """A zipped egg that cannot be read (yet), and a folder that has the name of an egg and nothing else of one."""
    egg = make_egg(site, "demo", "1.0", CODE)
    write(site / "demo-2.0-py3.11.egg", b"PK")
    easy_install(site, "./demo-2.0-py3.11.egg", f"./{egg.name}")
    assert probe.code(site, "demo", later()) == "unfinished"
    (problem,) = probe.ask("problem", "dist", site, "demo")
    assert problem["file"].endswith("demo-2.0-py3.11.egg") and "end record" in problem["cause"]
    easy_install(site, f"./{egg.name}", "./demo-2.0-py3.11.egg")
    assert probe.scan(site)["demo"]["version"] == "1.0"
    easy_install(site, "./demo-3.0-py3.11.egg", f"./{egg.name}")  # a dead line
    assert probe.scan(site)["demo"]["version"] == "1.0"


def test_egg_elsewhere_and_egg_as_entry(probe, site, tmp_path):
    egg = make_egg(tmp_path / "elsewhere", "demo", "1.0", CODE, tag="-py3.11-linux-x86_64")
    write(site / "own.pth", f"{egg}\n")
    assert probe.scan(site)["demo"]["root"] == str(egg)
    dist = probe.scan(f"{egg}/")["demo"]
    assert (dist["kind"], dist["root"]) == ("egg", str(egg))
    assert probe.code(egg, "demo") == "ready"


# ---- .pth files ----


def fresh_interpreter(site):
    """What site.addsitedir adds to sys.path, and what stands in front of the rest."""
    code = "import sys, site; sys.path[:] = ['/before']; site.addsitedir(sys.argv[1]); print('\\0'.join(sys.path))"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-s", "-c", code, site], capture_output=True, text=True, check=True
    )
    entries = done.stdout.rstrip("\n").split("\0")
    at = entries.index("/before")
    return [(path, 1) for path in entries[:at]] + [(path, 0) for path in entries[at + 1 :] if path != str(site)]


def test_paths_by_hand(probe, site, tmp_path):
    for name in ("a", "b", "c", "d e"):
        (site / name).mkdir()
    write(site / "b.pth", "./b\n# comment\n./missing\n\n  \nimport sys\nimport\tos\n./a/../a\n")
    write(site / "a.pth", f"c  \n{site}\n{site / 'c'}/\nd e\r\n/tmp")
    write(site / "notpth.txt", "b\n")
    expected = [(str(site / "c"), 0), (str(site / "d e"), 0), ("/tmp", 0), (str(site / "b"), 0), (str(site / "a"), 0)]
    assert probe.entries(site) == expected == fresh_interpreter(site)
    assert probe.entries(site, site / "c", "/tmp") == [(str(site / name), 0) for name in ("d e", "b", "a")]
    by_name = {a["name"]: a for a in probe.ask("pth", "scan", site)}
    assert by_name["b.pth"]["imports"] == 2 and not by_name["b.pth"]["incomplete"]
    assert by_name["a.pth"]["incomplete"] == 1
    write(site / ".hidden.pth", "b\n")
    assert probe.entries(site) == expected
    assert ".hidden.pth" in {a["name"] for a in probe.ask("pth", "scan", site, "-hidden")}


def test_nothing_is_executed(probe, site, tmp_path):
    write(site / "evil.pth", f"import os; open({str(tmp_path / 'ran')!r}, 'w')\n")
    install(site, "demo", "1.0", {"demo/__init__.py": f"open({str(tmp_path / 'ran')!r}, 'w')\n"})
    probe.run("ready", site, "demo", "hashes")
    assert not (tmp_path / "ran").exists()


def test_paths_as_a_fresh_interpreter_has_them(probe, tmp_path):
    """Random .pth files, judged by site.addsitedir."""
    chance = random.Random(11)
    for case in range(25):
        site = tmp_path / f"site{case}"
        names = ["a", "b", "sub/c", "e.egg", "f.egg"]
        for name in names:
            (site / name).mkdir(parents=True)
        write(site / "zip.egg", "file")
        lines = [*names, "zip.egg", "./a", "b/", "sub/../a", "missing", "", "# c", "import sys", str(site / "b"), "."]
        for name in chance.sample(["easy-install", "A", "zz", "_x", "10", "9"], 4):
            text = [chance.choice(lines) for _ in range(chance.randint(0, 7))]
            end = chance.choice(["\n", "\n", "\r\n"])
            write(site / f"{name}.pth", (end.join(text) + chance.choice(["", end])).encode())
        if chance.random() < 0.5:
            easy_install(site, *(chance.choice(lines) for _ in range(4)), style="rewrite")
        assert probe.entries(site) == fresh_interpreter(site), [
            (path.name, path.read_bytes()) for path in sorted(site.glob("*.pth"))
        ]


# ---- hostile builds ----


def test_every_allocation_may_fail(programs, site):
    install(site, "demo", "1.0", CODE, ["idna", "requests; python_version > '3'"], extra='"bad\n')
    install(site, "demo", "2.0", CODE, installer=None)
    install(site, "hand", "1.0", {"hand/__init__.py": ""}, record=False)
    write(site / "hand-1.0.dist-info/top_level.txt", "hand\n")
    egg = make_egg(site, "egg", "1.0", CODE)
    easy_install(site, f"./{egg.name}", style="rewrite")
    (site / "~emo").mkdir()
    answer = Probe(programs["faults"]).one("faults", "faults", site)
    assert answer["n"] > 50
