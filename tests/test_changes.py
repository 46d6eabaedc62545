"""changes(): what differs between loaded and installed, and may it be taken? States are laid out by hand; tests/installers has the tools."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.install import Site
from tests.support.process import environment

ROOT = Path(__file__).parent.parent
PRELUDE = """
import fcntl, json, os, pathlib, shutil, sys, time
sys.path.append({root!r})
from tests.support.install import Site
sys.path.remove({root!r})
import midflight, lib, other
site = Site({site!r})


def put(name="lib", version="2", requires=(), **options):
    site.upgrade(name, version, {{f"{{name}}.py": f"N = {{version}}\\n"}}, requires=requires, **options)


def state(name="lib"):
    found = [(change.state, change.cause) for change in midflight.changes() if change.name == name]
    return found[0] if found else (None, "")


def settled(name="lib"):
    end = time.monotonic() + 20
    while state(name)[0] == "waiting" and "ms ago" in state(name)[1] and time.monotonic() < end:
        time.sleep(0.01)
    return state(name)


def record():
    (info,) = site.dist_info("lib")
    return info / "RECORD"


"""


@pytest.fixture
def program(tmp_path, midflight):
    def run(script, requires=()):
        site = Site(tmp_path / "site")
        site.install("lib", "1", {"lib.py": "N = 1\n"}, requires=requires)
        site.install("other", "1", {"other.py": "N = 1\n"})
        path = tmp_path / "program.py"
        path.write_text(PRELUDE.format(root=str(ROOT), site=str(site.path)) + textwrap.dedent(script))
        env = environment([site.path])
        done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=60, env=env, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not done.stderr, done.stderr

    return run


def test_nothing(program):
    program("assert midflight.changes() == []")


def test_upgraded_downgraded_reinstalled(program):
    program("""
        put(version="2")
        assert settled() == ("ready", ""), settled()
        (change,) = midflight.changes()
        assert (change.name, change.loaded, change.installed) == ("lib", "1", "2")
        midflight.upgrade("lib")
        assert midflight.changes() == []
        put(version="1")
        assert settled()[0] == "ready" and midflight.changes()[0].installed == "1"
        midflight.upgrade("lib")
        site.upgrade("lib", "1", {"lib.py": "N = 'other content'\\n"})
        assert settled()[0] == "ready" and midflight.changes()[0].installed == "1"
        site.upgrade("lib", "1", {"lib.py": "N = 1\\n"})
        settled()
        assert midflight.changes() == [], "the same content again is no change"
    """)


def test_quiet(program):
    program("""
        put()
        word, cause = state()
        assert word == "ready" or (word == "waiting" and "ms ago" in cause), (word, cause)
        assert settled()[0] == "ready"
    """)


def test_taken_away(program):
    program("""
        site.uninstall("lib")
        assert state() == ("waiting", "it is not installed any more"), state()
        (change,) = midflight.changes()
        assert change.installed is None
        put(version="1")
        settled()
        assert midflight.changes() == []
    """)


def test_half_written(program):
    program("""
        put()
        signed = record().read_text()
        raw = "".join(line + "\\n" for line in signed.splitlines() if "INSTALLER" not in line)
        code = (site.path / "lib.py").read_text()
        for text, file in [("", ""), (signed[:40], ""), (raw, ""), (signed, "N = 'cut"), (signed, None), (signed, "N = 8\\n")]:
            record().write_text(text)
            if file is None:
                (site.path / "lib.py").unlink()
            elif file:
                (site.path / "lib.py").write_text(file)
            assert state()[0] == "waiting", (text, file, state())
        (site.path / "lib.py").write_text(code)
        assert settled()[0] == "ready", settled()
    """)


def test_a_hash_that_is_wrong(program):
    program("""
        put()
        (site.path / "lib.py").write_text("N = 9\\n")
        word, cause = state()
        assert word == "waiting" and "SHA-256" in cause, (word, cause)
    """)


def test_leftovers(program):
    program("""
        put()
        (site.path / "~ib").mkdir()
        word, cause = state()
        assert word == "waiting" and "~ib" in cause, (word, cause)
        (site.path / "~ib").rmdir()
        assert settled()[0] == "ready"
    """)


def test_requirements(program):
    program("""
        put(requires=["other>=2", "nothing-of-the-kind; sys_platform == 'win32'", "extra-thing; extra == 'x'"])
        settled()
        word, cause = state()
        assert word == "waiting" and "requires other>=2, and 1 is installed" in cause, (word, cause)
        put("other", "2")
        assert settled()[0] == "ready" and settled("other")[0] == "ready", midflight.changes()
        put(version="3", requires=["missing-thing"])
        settled()
        word, cause = state()
        assert word == "waiting" and "missing-thing, which is not installed" in cause, (word, cause)
    """)


def test_what_requires_it(program):
    program(
        """
        put("other", "2")
        settled("other")
        word, cause = state("other")
        assert word == "waiting" and "lib 1 requires other<2, and 2 is installed" in cause, (word, cause)
        put(requires=["other>=2"])
        assert settled("other")[0] == settled()[0] == "ready"
        """,
        requires=["other<2"],
    )


def test_several_wait_for_each_other(program):
    program("""
        put()
        put("other", "2")
        (site.path / "~ther").mkdir()
        settled()
        assert {change.state for change in midflight.changes()} == {"waiting"}
    """)


@pytest.mark.parametrize("kind", ["flock", "lockf"])
def test_uv_at_work(program, kind):
    """uv holds a lock on PREFIX/.lock while it changes the environment."""
    program(f"""
        sys.prefix = str(site.path.parent)
        lock = open(site.path.parent / ".lock", "w")
        fcntl.{kind}(lock, fcntl.LOCK_EX)
        put()
        settled()
        assert state() == ("waiting", "uv is at work: it has its lock"), state()
        lock.close()
        assert settled() == ("ready", ""), settled()
    """)


def test_a_file_whose_name_is_no_utf8(program):
    program("""
        put()
        with record().open("ab") as file:
            file.write(b"lib-\\xe9.dat,,\\n")
        assert settled()[0] == "waiting" and "lib-\\ufffd.dat is missing" in settled()[1], settled()
    """)
