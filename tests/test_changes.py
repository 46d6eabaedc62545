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
    while (now := state(name))[0] == "waiting" and "ms ago" in now[1] and time.monotonic() < end:
        time.sleep(0.01)
    return now


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
        assert (last := settled()) == ("ready", ""), last
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
        assert (last := settled())[0] == "ready", last
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
        assert (last := settled()) == ("ready", ""), last
    """)


def test_a_file_whose_name_is_no_utf8(program):
    program("""
        put()
        with record().open("ab") as file:
            file.write(b"lib-\\xe9.dat,,\\n")
        assert settled()[0] == "waiting" and "lib-\\ufffd.dat is missing" in settled()[1], settled()
    """)


def test_upgrade_of_what_is_not_whole(program):
    """Asked for by hand, and refused all the same: a file that is missing or half written; a moment later it is taken."""
    program("""
        def refused(*names, **options):
            try:
                report = midflight.upgrade(*names, **options)
            except midflight.UpgradeRefused as refusal:
                assert lib.N == 1, lib.N
                return [(reason.code, reason.distribution) for reason in refusal.reasons], str(refusal)
            return report

        put()
        code = (site.path / "lib.py").read_text()
        for text in (None, "", "N = 2 #", "N = 9\\n"):
            (site.path / "lib.py").unlink(missing_ok=True)
            if text is not None:
                (site.path / "lib.py").write_text(text)
            codes, sentence = refused("lib")
            assert codes == [("install-unfinished", "lib")] and "lib.py" in sentence, (text, codes, sentence)
        (site.path / "lib.py").write_text(code)
        midflight.upgrade("lib")
        assert lib.N == 2
    """)


def test_upgrade_of_what_was_broken_long_ago(program):
    """What nobody touches any more: a file that was edited is taken, and said; one that is missing is not."""
    program("""
        put(version="2")
        time.sleep(2.2)
        (site.path / "lib.py").write_text("N = 9\\n")
        time.sleep(2.2)
        report = midflight.upgrade("lib")
        assert lib.N == 9 and any("not as recorded" in note for note in report.notes), report.notes
        site.upgrade("lib", "3", {"lib.py": "N = 3\\n", "more.py": "N = 3\\n"})
        time.sleep(2.2)
        (site.path / "more.py").unlink()
        time.sleep(2.2)
        try:
            midflight.upgrade("lib")
            raise AssertionError("taken")
        except midflight.UpgradeRefused as refusal:
            (reason,) = refusal.reasons
            assert reason.code == "install-unfinished" and "more.py is missing" in reason.cause, reason
        assert lib.N == 9
    """)


def test_upgrade_of_what_requires_another(program):
    """A release that requires another version than is loaded is not taken alone, and both are taken together."""
    program("""
        def why(*names, **options):
            try:
                midflight.upgrade(*names, **options)
            except midflight.UpgradeRefused as refusal:
                assert lib.N == 1 and other.N == 1
                (reason,) = refusal.reasons
                assert reason.code == "requirement", reason
                return reason
            return None

        put(requires=["other>=2"])
        reason = why("lib")
        assert "lib 2 requires other>=2, and 1 is loaded" in reason.cause and reason.distribution == "lib", reason
        put("other", "2")
        assert "upgrade both" in why("lib").action
        assert why("lib", "other") is None and lib.N == other.N == 2
    """)


def test_upgrade_of_what_another_requires(program):
    program(
        """
        put("other", "2")
        try:
            midflight.upgrade("other")
            raise AssertionError("taken")
        except midflight.UpgradeRefused as refusal:
            (reason,) = refusal.reasons
            assert reason.code == "requirement" and reason.distribution == "other", reason
            assert "lib 1 requires other<2, and 2 is installed" in reason.cause, reason
        assert other.N == 1
        report = midflight.upgrade("other", allow="requirements")
        assert other.N == 2 and any("other<2" in note for note in report.notes), report.notes
        """,
        requires=["other<2"],
    )


def test_upgrade_of_what_requires_what_is_not_there(program):
    """Asked for by name it is taken if it can be imported, as programs are that never had all that METADATA lists."""
    program("""
        put(requires=["fresh>=1"])
        try:
            midflight.upgrade()
            raise AssertionError("taken")
        except midflight.UpgradeRefused as refusal:
            assert [reason.code for reason in refusal.reasons] == ["requirement"], refusal
        report = midflight.upgrade("lib")
        assert lib.N == 2 and sum("fresh>=1, which is not installed" in note for note in report.notes) == 1, report.notes
    """)


def test_upgrade_of_what_never_fitted(program):
    """What is loaded requires a version that it never had: a release that it does not want either changes nothing about that."""
    program(
        """
        put("other", "2")
        assert settled("other")[0] == "ready"
        report = midflight.upgrade("other")
        assert other.N == 2 and any("it was no better before" in note for note in report.notes), report.notes
        """,
        requires=["other<1"],
    )


def test_upgrade_that_needs_what_is_half_installed(program):
    """A dependency that the new version brings is imported from the disk: it has to be whole."""
    program("""
        site.upgrade("lib", "2", {"lib.py": "import fresh\\nN = fresh.N\\n"}, requires=["fresh"])
        codes = []
        for step in range(4):
            if step == 1:
                site.install("fresh", "1", {"fresh.py": "N = 2\\n", "fresh_more.py": ""})
                (site.path / "fresh_more.py").unlink()
            elif step == 2:
                (site.path / "fresh_more.py").write_text("x")
            elif step == 3:
                (site.path / "fresh_more.py").write_text("")
            try:
                midflight.upgrade("lib")
                codes.append(lib.N)
            except midflight.UpgradeRefused as refusal:
                assert lib.N == 1 and "fresh" not in sys.modules
                codes += [reason.code for reason in refusal.reasons]
        assert codes == ["staging-failed", "requirement", "requirement", 2], codes
    """)


def test_other_threads_run_while_hashes_are_counted(program):
    """The interval at which a thread has to give the GIL up is an hour: the other one runs only if changes() gives it up."""
    program("""
        import threading
        midflight.protect()  # whoever links files changes their times
        put()
        assert settled()[0] == "ready"
        turns, stop = [0], threading.Event()

        def run():
            while not stop.is_set():
                turns[0] += 1
                time.sleep(0)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        sys.setswitchinterval(3600)
        counts = []
        for _ in range(100):
            before = turns[0]
            assert state()[0] == "ready", state()
            counts.append(turns[0] - before)
        stop.set()
        sys.setswitchinterval(0.005)
        thread.join()
        assert any(counts), counts
    """)


def test_an_install_that_changes_while_it_is_looked_at(program):
    """Other threads ask and install meanwhile."""
    program("""
        import threading
        stop = threading.Event()

        def ask():
            while not stop.is_set():
                midflight.changes()

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for n in range(2, 40):
            put(version=str(n))
            assert state()[0] in ("ready", "waiting"), state()
        stop.set()
        for thread in threads:
            thread.join()
        assert settled()[0] == "ready"
    """)


def test_broken(program):
    """What nobody writes any more and nobody may take: no list of files; a file that is missing for good."""
    program("""
        put()
        (record().parent / "INSTALLER").unlink()
        record().unlink()
        word, cause = settled()
        assert word == "broken" and "RECORD is missing" in cause, (word, cause)
        site.install("lib", "2", {"lib.py": "N = 2\\n", "lib_more.py": ""})
        (site.path / "lib_more.py").unlink()
        word, cause = settled()
        assert word == "waiting" and "lib_more.py is missing" in cause, (word, cause)
        time.sleep(2.2)
        word, cause = state()
        assert word == "broken" and "lib_more.py is missing" in cause, (word, cause)
        (site.path / "lib_more.py").write_text("")
        assert settled() == ("ready", ""), state()
    """)
