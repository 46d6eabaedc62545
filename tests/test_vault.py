"""The vault: what old code wants of its files after the disk has new ones, and how the files are kept.

Each test is a program of its own. It finds in its namespace: site (where "lib" 1.0 is installed), upgrade() (puts 2.0 there, as pip
does), kept() (waits until the files of what is loaded are kept), and vault, the directory.
"""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.support.install import Site
from tests.support.process import environment

ROOT = Path(__file__).parent.parent

PRELUDE = """
import contextlib, importlib, json, os, pathlib, sys, threading, time
sys.path.append({root!r})
from tests.support.install import Site
sys.path.remove({root!r})
import midflight
from midflight import _engine

site, vault = Site({site!r}), pathlib.Path({vault!r})
TREES = json.loads({trees!r})


def upgrade(version="2.0", name="lib"):
    site.upgrade(name, version, TREES[version])
    importlib.invalidate_caches()


def kept(name="lib"):
    (state,) = [row for row in _engine.kept(30)["kept"] if row[0] == name]
    return state


def inode(path):
    return os.stat(path).st_ino


def entry():
    (found,) = [path.parent for path in vault.glob("kept/*/site-packages/lib")]
    return found


"""


def tree(n, **more):
    """A version of "lib": modules that it does not import at once, each with the version's number."""
    files = {
        "lib/__init__.py": f"""
            import importlib
            N = {n}
            def late(name="sub"):
                return importlib.import_module("lib." + name)
            def sibling():
                import _lib_sibling
                return _lib_sibling
            """,
        "_lib_sibling.py": f"N = {n}",
        "lib/sub.py": f"""
            import os
            N = {n}
            def data():
                with open(os.path.join(os.path.dirname(__file__), "data.txt")) as file:
                    return file.read()
            """,
        "lib/package/__init__.py": f"from lib.package.inner import N as INNER; N = {n}",
        "lib/package/inner.py": f"N = {n}",
        "lib/folder/module.py": f"N = {n}",
        "lib/data.txt": f"data {n}",
        f"lib/only{n}.py": f"N = {n}",
    }
    return {**files, **more}


@pytest.fixture
def program(tmp_path, midflight):
    """program(script): runs it; the trees of 1.0 and 2.0 and the environment can be given."""
    site = Site(tmp_path / "site")

    def prepare(script, first=None, second=None):
        trees = {
            version: {file: textwrap.dedent(text) for file, text in files.items()}
            for version, files in {"1.0": first or tree(1), "2.0": second or tree(2)}.items()
        }
        if not site.dist_info("lib"):
            site.install("lib", "1.0", trees["1.0"], pyc=True)
        prelude = PRELUDE.format(
            root=str(ROOT), site=str(site.path), vault=str(tmp_path / "vault"), trees=json.dumps(trees)
        )
        path = tmp_path / f"program{len(list(tmp_path.iterdir()))}.py"
        path.write_text(prelude + textwrap.dedent(script))
        return path

    def env(more):
        return {**environment([site.path]), "MIDFLIGHT_VAULT": str(tmp_path / "vault"), **(more or {})}

    def run(script, first=None, second=None, more=None, flags=(), status=0):
        done = subprocess.run(
            [sys.executable, *flags, str(prepare(script, first, second))],
            capture_output=True,
            text=True,
            timeout=60,
            env=env(more),
            cwd=tmp_path,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert status or not done.stderr, done.stderr
        return done.stdout

    def start(script, more=None):
        """The same in the background; it is to say "ready" and read a line."""
        child = subprocess.Popen(
            [sys.executable, str(prepare(script))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env(more),
            cwd=tmp_path,
        )
        assert child.stdout.readline() == "ready\n"
        return child

    run.start, run.site, run.vault = start, site, tmp_path / "vault"
    return run


WAIT = """
import lib
assert kept()[2] == "kept"
print("ready", flush=True)
sys.stdin.readline()
"""


# ---- what old code gets ----


def test_files_are_kept_at_once(program):
    """An install soon after an import finds the files kept: the thread waits for nothing. Five times later and later, as the machine may be busy."""
    program("""
        def old_or_new(name, seconds):
            files = lambda n: {f"{name}/__init__.py": "", f"{name}/late.py": f"N = {n}"}
            site.install(name, "1", files(1))
            importlib.invalidate_caches()
            importlib.import_module(name)
            time.sleep(seconds)
            site.upgrade(name, "2", files(2))
            return importlib.import_module(name + ".late").N
        assert 1 in [old_or_new(f"lib{i}", 0.05 * 2**i) for i in range(5)]
        """)


def test_late_imports(program):
    program("""
        import lib
        assert kept()[2] == "kept", kept()
        upgrade()
        assert lib.late().N == 1 and lib.sibling().N == 1
        import lib.package, lib.folder.module
        assert (lib.package.N, lib.package.INNER, lib.folder.module.N) == (1, 1, 1)
        assert lib.late("only1").N == 1
    """)


def test_data_of_late_modules(program):
    program("""
        import importlib.resources, inspect, pkgutil
        import lib
        kept()
        upgrade()
        sub = lib.late()
        assert sub.data() == "data 1"
        assert "N = 1" in inspect.getsource(sub)
        assert pkgutil.get_data("lib.sub", "data.txt") == b"data 1"
        assert str(vault) in sub.__file__ and not sub.__spec__.origin.startswith(str(site.path))
    """)


def test_what_only_the_new_version_has_is_not_seen(program):
    program("""
        import lib
        kept()
        upgrade()
        (site.path / "lib" / "later").mkdir()
        for name in ("only2", "later"):
            try:
                lib.late(name)
            except ModuleNotFoundError as error:
                assert error.name == "lib." + name
            else:
                raise AssertionError(name)
        assert importlib.util.find_spec("lib.only2") is None
        assert importlib.util.find_spec("lib.only1") is not None
    """)


def test_while_the_package_is_absent(program):
    program("""
        import lib
        kept()
        site.uninstall("lib")
        importlib.invalidate_caches()
        assert lib.late().N == 1 and lib.sibling().N == 1 and lib.late("folder.module").N == 1
    """)


def test_the_disk_is_used_as_long_as_it_is_the_same(program):
    program("""
        import lib
        kept()
        assert lib.late().__file__ == str(site.path / "lib" / "sub.py")
        assert lib.late("package").N == 1 and lib.package.__path__ == [str(site.path / "lib" / "package")]
    """)


def test_exchanged_between_the_look_and_the_reading(program):
    """The file was as it was when the import system looked, and another one, or none, when it read."""
    for change in ("upgrade()", "os.unlink(path)"):
        program(
            f"""
            from importlib.machinery import SourceFileLoader
            import lib
            assert kept()[2] == "kept"
            stats = SourceFileLoader.path_stats

            def path_stats(self, path):
                if path == str(site.path / "lib" / "sub.py"):
                    {change}
                return stats(self, path)

            SourceFileLoader.path_stats = path_stats
            sub = lib.late()
            assert sub.N == lib.N and "get_code" not in vars(sub.__spec__.loader)
            """
        )


@pytest.mark.parametrize("what", ["upgrade()", "(site.path / 'lib/sub.py').unlink()"], ids=["upgraded", "taken away"])
def test_gone_while_it_is_looked_for(program, what):
    """An installer does that between two questions of the import system: here, a finder before the one that would find it."""
    program(f"""
        import lib
        kept()

        class Installer:
            def find_spec(self, name, path=None, target=None):
                if name == "lib.sub":
                    {what}

        sys.meta_path.insert(0, Installer())
        assert lib.late().N == 1
    """)


def test_after_a_refused_upgrade(program):
    second = tree(2, **{"lib/__init__.py": "raise RuntimeError('no')"})
    script = """
        import lib
        kept()
        before = list(sys.meta_path), list(sys.path), dict(lib.__dict__)
        upgrade()
        for attempt in range(2):
            try:
                midflight.upgrade("lib")
            except midflight.UpgradeRefused as refusal:
                assert refusal.reasons[0].code == "staging-failed"
        assert before == (list(sys.meta_path), list(sys.path), dict(lib.__dict__))
        assert lib.late().N == 1 and lib.late("package").INNER == 1 and lib.sibling().N == 1
        assert kept()[1:3] == ("1.0", "kept"), kept()
    """
    program(script, second=second)


def test_while_staging(program):
    second = tree(2)
    second["lib/__init__.py"] = 'import sys; sys.modules["__main__"].half_way()' + textwrap.dedent(
        second["lib/__init__.py"]
    )
    script = """
        import lib
        kept()
        upgrade()
        seen = []
        program, begun, done = sys.modules["__main__"], threading.Event(), threading.Event()
        thread = threading.Thread(target=lambda: (begun.wait(20), seen.append((lib.late().N, lib.late("package").INNER)), done.set()))
        thread.start()
        def half_way():
            program.half_way = lambda: None
            begun.set()
            assert done.wait(20)
        midflight.upgrade("lib")
        thread.join()
        assert seen == [(1, 1)], seen
    """
    program(script, second=second)


def test_after_the_flip(program):
    program("""
        import lib
        kept()
        upgrade()
        old = lib.late()
        midflight.upgrade("lib")
        assert lib.sub.N == 2 and lib.sub.__file__ == str(site.path / "lib" / "sub.py")
        assert lib.late("package").N == 2 and lib.late("only2").N == 2 and lib.sibling().N == 2
        assert kept()[1:3] == ("2.0", "kept"), kept()
    """)


def test_what_is_not_needed_any_more_is_removed_beside_the_program(program):
    program(
        """
        import lib
        kept()
        upgrade()
        midflight.upgrade("lib")
        assert kept()[1:3] == ("2.0", "kept")
        end = time.monotonic() + 20
        while len(list(vault.glob("kept/*/site-packages/lib"))) != 1 or list(vault.glob("trash/*")):
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.05)
        assert "midflight-vault" not in [
            pathlib.Path("/proc/self/task", task, "comm").read_text().strip() for task in os.listdir("/proc/self/task")
        ]
        """
    )


def test_after_a_rollback(program):
    program("""
        import lib
        kept()
        upgrade()
        midflight.upgrade("lib", keep=600)
        assert lib.late().N == 2
        midflight.rollback()
        assert lib.N == 1 and lib.late("package").INNER == 1 and lib.sibling().N == 1
        assert {row[1] for row in _engine.kept(30)["kept"] if row[0] == "lib"} == {"1.0"}, _engine.kept(0)
        midflight.upgrade("lib", keep=600)
        assert {row[1] for row in _engine.kept(30)["kept"] if row[0] == "lib"} == {"1.0", "2.0"}, _engine.kept(0)
        midflight.confirm()
        assert {row[1] for row in _engine.kept(30)["kept"] if row[0] == "lib"} == {"2.0"}, _engine.kept(0)
        assert lib.late("folder.module").N == 2
    """)


def test_new_on_purpose(program):
    program("""
        import lib, lib.sub
        kept()
        upgrade()
        assert importlib.reload(lib.sub).N == 2
        for name in [name for name in sys.modules if name.split(".")[0] == "lib"]:
            del sys.modules[name]
        import lib.package
        assert (lib.N, lib.package.N, lib.late().N) == (2, 2, 2)
    """)


def test_files_of_the_user_in_the_folder_of_a_package(program):
    program("""
        (site.path / "lib" / "local.py").write_text("N = 'mine'")
        import lib
        kept()
        site.upgrade("lib", "2.0", TREES["2.0"])
        importlib.invalidate_caches()
        assert lib.late("local").N == "mine"
    """)


def test_replaced_before_it_was_kept(program):
    program("""
        import lib
        upgrade()
        name, version, state, text = kept()
        assert (version, state) == ("1.0", "failed") and "was replaced before" in text, (version, state, text)
        assert not list(vault.glob("kept/*/site-packages/lib"))
    """)


def test_off(program):
    program(
        """
        import lib
        assert _engine.kept(1) == {"dir": None, "kept": []}
        upgrade()
        assert lib.late().N == 2
        """,
        more={"MIDFLIGHT_VAULT": "off"},
    )


# ---- how files are kept ----


def test_links_and_copies(program):
    first = tree(1, **{"lib/native.so": "not really"})
    program(
        """
        os.link(site.path / "lib" / "data.txt", site.path / "cache.txt")
        import lib
        kept()
        for name, linked in [("sub.py", True), ("__init__.py", True), ("native.so", False), ("data.txt", False)]:
            here, there = entry() / "lib" / name, site.path / "lib" / name
            assert here.read_bytes() == there.read_bytes()
            assert (inode(here) == inode(there)) == linked, name
            assert os.stat(here).st_mtime_ns == os.stat(there).st_mtime_ns
        """,
        first=first,
    )


def test_what_nobody_signed_is_copied(program):
    program("""
        (info,) = site.dist_info("lib")
        (info / "INSTALLER").write_text("somebody\\n")
        import lib
        kept()
        assert inode(entry() / "lib" / "sub.py") != inode(site.path / "lib" / "sub.py")
        (site.path / "lib" / "sub.py").write_text("N = 'edited in place'")
        assert lib.late().N == 1
    """)


def test_a_kept_file_that_was_written_to_is_not_believed(program):
    program("""
        import lib
        kept()
        (site.path / "lib" / "sub.py").write_text("N = 'edited in place, and it is linked'")
        assert lib.late().N.startswith("edited")
        assert lib.late().__file__ == str(site.path / "lib" / "sub.py")
    """)


def test_private(program):
    program("""
        import lib
        kept()
        for path in [vault, *vault.iterdir(), *vault.glob("kept/*"), *vault.glob("kept/*/*")]:
            if path.is_dir():
                assert path.stat().st_mode & 0o777 == 0o700, path
            else:
                assert path.stat().st_mode & 0o77 == 0, path
    """)


@pytest.mark.parametrize(
    "prepare, cause",
    [
        ("vault.mkdir(mode=0o755)", "is not private"),
        ("vault.parent.chmod(0o777)", "other users can exchange"),
        ("vault.symlink_to(site.path)", "cannot be opened"),
        ("vault.write_text('')", "cannot be opened"),
        ("vault.mkdir(); os.chown(vault, 12345, 12345)", "is not private"),
    ],
)
def test_a_directory_that_is_not_safe(program, prepare, cause):
    if "chown" in prepare and os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    exec(
        prepare, {"vault": program.vault, "site": program.site, "os": os}
    )  # before midflight is imported, whose own files are kept, too
    program(f"""
        import lib
        state = kept()
        assert state[2] == "failed" and {cause!r} in state[3], state
        upgrade()
        assert lib.late().N == 2
    """)


def test_root_makes_nothing_in_the_home_of_others(program, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 12345, 12345)
    program("import lib; kept()", more={"MIDFLIGHT_VAULT": "", "XDG_CACHE_HOME": "", "HOME": str(home)})
    assert list(home.iterdir()) == []


def test_a_holder_of_the_lock_who_is_stopped(program):
    """The thread that keeps files waits for him, and nobody waits for the thread."""
    program("""
        import fcntl
        _engine.kept(20)  # what the environment loads at its start may have made it already
        vault.mkdir(mode=0o700, exist_ok=True)
        lock = open(vault / "lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        import lib
        assert {row[0]: row[2] for row in _engine.kept(0.3)["kept"]}["lib"] == "queued"
        child = os.fork()
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert kept()[2] == "kept"
    """)


def test_what_is_kept_changes_while_an_import_is_answered(program):
    program("""
        import importlib.machinery
        import lib
        kept()
        upgrade()

        class Spec(importlib.machinery.ModuleSpec):
            @property
            def origin(self):
                midflight.upgrade("lib")
                return str(site.path / "lib" / "only2.py")

            @origin.setter
            def origin(self, value):
                pass

        class Finder:
            def find_spec(name, path, target=None):
                return Spec(name, None) if name == "lib.only2" and not _engine.staging() else None

        sys.meta_path.insert(0, Finder)
        assert type(importlib.util.find_spec("lib.only2")) is Spec and lib.N == 2
    """)


def test_a_directory_that_is_exchanged_later(program):
    program("""
        import lib
        kept()
        upgrade()
        vault.rename(vault.parent / "moved")
        os.mkdir(vault, 0o700)
        assert lib.late().N == 2
    """)


def test_full(program):
    program(
        """
        import lib
        state = kept()
        assert state[2] == "failed" and "the vault is full" in state[3], state
        """,
        more={"MIDFLIGHT_VAULT_BYTES": "400"},
    )


# ---- who uses what ----


def names(program):
    return sorted(path.parent.parent.name for path in program.vault.glob("kept/*/site-packages/lib"))


def test_shared_and_cleaned(program):
    first = program.start(WAIT)
    second = program.start(WAIT)
    (name,) = names(program)
    users = list((program.vault / "users").iterdir())
    assert len(users) == 2
    first.communicate("\n", timeout=30)
    assert names(program) == [name]
    second.communicate("\n", timeout=30)
    assert names(program) == [] and not list((program.vault / "users").iterdir())


def test_killed(program):
    first, second = program.start(WAIT), program.start(WAIT)
    first.kill()
    first.wait()
    assert len(list((program.vault / "users").iterdir())) == 2
    second.communicate("\n", timeout=30)
    assert names(program) == [] and not list((program.vault / "users").iterdir())


def test_killed_at_any_moment(program):
    """Whatever is left half-made is believed by nobody and removed by the next."""
    for pause in (0.0, 0.002, 0.005, 0.01, 0.02):
        child = program.start('import lib\nprint("ready", flush=True)\n_engine.kept(30)\nsys.stdin.readline()')
        time.sleep(pause)
        child.kill()
        child.wait()
    program("import lib\nassert kept()[2] == 'kept'\nassert lib.late().N == 1")
    for part in ("users", "kept", "tmp", "trash"):
        assert list((program.vault / part).iterdir()) == [], part


def test_age(program):
    more = {"MIDFLIGHT_VAULT_AGE": "3600"}
    program("import lib\nkept()", more=more)
    (name,) = names(program)
    program("import lib\nkept()", more=more)
    assert names(program) == [name]
    program("import lib\nkept()")
    assert names(program) == []


def test_an_edited_install_is_another_entry(program):
    first = program.start(WAIT)
    (one,) = names(program)
    sub = program.site.path / "lib" / "sub.py"
    sub.unlink()
    sub.write_text("N = 'edited'")
    second = program.start(WAIT)
    assert len(names(program)) == 2
    for child in (first, second):
        child.communicate("\n", timeout=30)


def test_fork(program):
    """A child that outlives its parent goes on with the parent's files, whatever the parent does with its own."""
    program(
        """
        import lib
        kept()
        read, write = os.pipe()
        go, ready = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ready)
            assert os.read(go, 1) == b"" and lib.late().N == 1 and kept()[2] == "kept"
            os.write(write, b"fine")
            sys.exit(0)
        os.close(write)
        upgrade()
        midflight.upgrade("lib")
        assert lib.late().N == 2 and kept()[1] == "2.0"
        os.close(ready)
        assert os.read(read, 4) == b"fine" and os.waitpid(child, 0)[1] == 0
        """,
        flags=("-W", "error"),
    )
    assert names(program) == []


def test_a_child_that_ended_needs_nothing_any_more(program):
    """What a parent no longer needs stays for the child that was forked before, and goes when that has ended; also the other way round."""
    program(
        """
        def there():
            texts = []
            for path in vault.glob("kept/*/site-packages/_lib_sibling.py"):
                with contextlib.suppress(FileNotFoundError):  # it goes just now
                    texts.append(path.read_text())
            return sorted(texts)

        def until(condition):
            end = time.monotonic() + 20
            while not condition():
                assert time.monotonic() < end, there()
                time.sleep(0.01)

        import lib
        kept()
        go, ready = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ready)
            os.read(go, 1)
            os._exit(0)
        upgrade()
        midflight.upgrade("lib")
        assert kept()[1:3] == ("2.0", "kept") and there() == ["N = 1", "N = 2"]
        os.close(ready)
        os.waitpid(child, 0)
        upgrade("1.0")
        midflight.upgrade("lib")
        kept()
        until(lambda: there() == ["N = 1"])
        """,
        flags=("-W", "error"),
    )


def test_fork_while_files_are_being_kept(program):
    first = tree(1, **{f"lib/many{i}.py": f"N = {i}" for i in range(200)})
    program(
        """
        import lib
        children = []
        for i in range(8):
            child = os.fork()
            if child == 0:
                state = kept()
                os._exit(0 if state[2] == "kept" else 1)
            children.append(child)
            time.sleep(0.01)
        assert kept()[2] == "kept"
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 8
        upgrade()
        assert lib.late("many199").N == 199
        """,
        first=first,
        second=first,
        flags=("-W", "error"),
    )


def test_another_thread_forks_while_one_waits(program):
    """The main thread waits for what is kept: it has no turn in which to start anew what the fork has stopped."""
    first = tree(1, **{f"lib/many{i}.py": f"N = {i}" for i in range(2000)})
    program(
        """
        import threading

        def fork():
            while not any(vault.glob("*/*")):
                time.sleep(0.001)
            child = os.fork()
            if child == 0:
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0

        thread = threading.Thread(target=fork)
        import lib
        thread.start()
        assert kept()[2] == "kept"
        thread.join()
        """,
        first=first,
        flags=("-W", "ignore:This process:DeprecationWarning"),
    )


def test_a_parent_that_ends_first(program):
    out = program("""
        import lib
        kept()
        if os.fork():
            os._exit(0)
        while os.getppid() != 1 and os.path.exists(f"/proc/{os.getppid()}/fd/0") and time.sleep(0.01):
            pass
        upgrade()
        import subprocess
        subprocess.run([sys.executable, "-c", "import midflight; midflight._engine.kept(10)"], check=True)
        print(lib.late().N, flush=True)
    """)
    assert out.split() == ["1"]


def test_all_files_closed(program):
    """As programs do that become daemons."""
    program("""
        import lib
        kept()
        os.closerange(3, 1000)
        other = os.open(os.devnull, os.O_RDONLY)
        upgrade()
        assert lib.late().N == 1
        midflight.upgrade("lib")
        assert kept()[1:3] == ("2.0", "kept")
    """)
    assert names(program) == []


def test_signals_go_to_the_program(program):
    program("""
        import signal
        import lib
        got = []
        signal.signal(signal.SIGUSR1, lambda *_: got.append(threading.current_thread()))
        for _ in range(200):
            os.kill(os.getpid(), signal.SIGUSR1)
        assert kept()[2] == "kept" and set(got) == {threading.main_thread()}
    """)


def spread(n):
    """A distribution with a module of its own, and with modules in two folders that belong to nobody."""
    return {
        "lib/__init__.py": f"N = {n}",
        **{f"{folder}/{name}.py": f"N = {n}" for folder in ("shared", "shared/deep") for name in ("part", "later")},
        "shared/deep/data.txt": f"data {n}",
    }


def test_the_other_portions_of_a_namespace(program):
    """Imported late, a namespace package has the kept folder first, and all others as well; after the upgrade the new one."""
    program(
        """
        other = pathlib.Path("elsewhere").absolute()
        for folder in ("shared", "shared/deep"):
            (other / folder).mkdir(parents=True, exist_ok=True)
            (other / folder / "far.py").write_text("N = 'far'")
        site.install("other", "1.0", {"shared/near.py": "N = 'near'", "shared/deep/near.py": "N = 'near'"})
        sys.path.append(str(other))
        import lib
        kept()
        upgrade()
        import shared.deep.part, shared.part, shared.near, shared.far
        import shared.deep.near, shared.deep.far
        assert shared.part.N == shared.deep.part.N == lib.N == 1
        assert [shared.near.N, shared.deep.near.N, shared.far.N, shared.deep.far.N] == ["near", "near", "far", "far"]
        import importlib.resources
        assert importlib.resources.files("shared.deep").joinpath("data.txt").read_text() == "data 1"
        def folders(module):
            return [path.startswith(str(vault)) for path in module.__path__]
        assert folders(shared) == folders(shared.deep) == [True, False, False]
        midflight.upgrade("lib", keep=60)
        assert shared.part.N == shared.deep.part.N == lib.N == 2
        again = lambda: [importlib.import_module(f"{name}.later").N for name in ("shared", "shared.deep")]
        assert again() == [2, 2], shared.__path__
        assert importlib.resources.files("shared.deep").joinpath("data.txt").read_text() == "data 2"
        assert folders(shared) == folders(shared.deep) == [False, False]
        midflight.rollback()
        assert shared.part.N == shared.deep.part.N == lib.N == 1
        assert again() == [1, 1], shared.__path__
        assert importlib.resources.files("shared.deep").joinpath("data.txt").read_text() == "data 1"
        """,
        spread(1),
        spread(2),
    )


def test_what_is_dropped_does_not_wait_for_what_is_still_to_be_kept(program):
    """confirm() drops the older version's files with the GIL held: the keeper ends what it is at, and who waits for the rest without the
    GIL does not start it again before that."""
    for n in range(12):
        program.site.install(
            f"many{n}", "1", {f"many{n}/file{m}.py": "" for m in range(300)} | {f"many{n}/__init__.py": ""}
        )
    program("""
        import lib
        assert kept()[2] == "kept"
        upgrade()
        midflight.upgrade("lib", keep=600)
        for n in range(12):
            importlib.import_module(f"many{n}")
        waiting = [threading.Thread(target=_engine.kept, args=(60,)) for _ in range(8)]
        for thread in waiting:
            thread.start()
        while not any(row[2] == "kept" for row in _engine.kept(0)["kept"] if row[0].startswith("many")):
            pass
        midflight.confirm()
        states = [row[2] for row in _engine.kept(0)["kept"] if row[0].startswith("many")]
        for thread in waiting:
            thread.join()
        assert "queued" in states, states
        assert all(row[2] == "kept" for row in _engine.kept(0)["kept"] if row[0].startswith("many"))
        """)
