"""protect(): what modules that were loaded before an installer came read afterwards. The programs are those of test_vault."""

import subprocess
import sys

import pytest

from tests.test_vault import names, program, tree  # noqa: F401  (program is a fixture)

UNTIL = """
import lib

def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "never"
        time.sleep(0.002)

def gone():
    return lib.__file__ != str(site.path / "lib" / "__init__.py")

protection = midflight.protect()
assert ("lib", "1.0", "") in protection.kept and protection.directory == str(vault), protection
"""

FIRST = tree(
    1,
    **{
        "lib/__init__.py": """
            import os
            N = 1
            def fail():
                raise ValueError("line of version 1")
            def read():
                with open(os.path.join(os.path.dirname(__file__), "data.txt")) as file:
                    return file.read()
            class C:
                version = 1
            """
    },
)
SECOND = tree(2, **{"lib/__init__.py": "# all is new\n# here\nN = 2\ndef fail(): pass\nclass C: pass\n"})


def run(program, script, **options):  # noqa: F811
    return program(UNTIL + script, first=FIRST, second=SECOND, **options)


def test_what_loaded_code_reads(program):  # noqa: F811
    run(
        program,
        """
import importlib.resources, inspect, pkgutil, traceback
upgrade()
until(gone)
assert lib.read() == "data 1"
assert importlib.resources.files("lib").joinpath("data.txt").read_text() == "data 1"
assert pkgutil.get_data("lib", "data.txt") == b"data 1"
assert "only1" in [module.name for module in pkgutil.iter_modules(lib.__path__)]
assert "line of version 1" in inspect.getsource(lib.fail) and "version = 1" in inspect.getsource(lib.C)
assert "N = 1" in inspect.getsource(lib)
try:
    lib.fail()
except ValueError:
    assert 'raise ValueError("line of version 1")' in traceback.format_exc()
import lib.package
assert lib.package.INNER == 1
""",
    )


@pytest.mark.parametrize("age", ["0", "1000"])
def test_lines_that_were_read_before(program, age):  # noqa: F811
    run(
        program,
        """
import inspect, linecache
assert "version 1" in inspect.getsource(lib.fail)
upgrade()
until(gone)
for _ in range(2):
    linecache.checkcache()
    assert "version 1" in inspect.getsource(lib.fail)
midflight.upgrade("lib", allow="names")
assert "pass" in inspect.getsource(lib.fail)
""",
        more={"MIDFLIGHT_VAULT_AGE": age},
    )


def test_an_upgrade_takes_the_new_files(program):  # noqa: F811
    run(
        program,
        """
upgrade()
until(gone)
midflight.upgrade("lib", allow="names")
place = site.path / "lib"
assert lib.N == 2 and lib.__file__ == str(place / "__init__.py") and lib.__path__ == [str(place)]
assert lib.__spec__.origin == lib.__file__ and lib.late is not None if hasattr(lib, "late") else True
import lib.sub
assert lib.sub.N == 2 and lib.sub.__file__ == str(place / "sub.py")
""",
    )


def test_what_the_program_made_of_it_stays(program):  # noqa: F811
    run(
        program,
        """
import lib.sub, lib.package
lib.sub.__file__ = "mine"
path = lib.package.__path__
path.append("/of/the/program")
upgrade()
until(gone)
until(lambda: lib.package.__path__ is not path)
assert lib.sub.__file__ == "mine"
assert lib.package.__path__ == [str(entry() / "lib" / "package"), "/of/the/program"]
assert path == [str(site.path / "lib" / "package"), "/of/the/program"]
""",
    )


def test_what_is_imported_after_the_call_is_watched_too(program):  # noqa: F811
    run(
        program,
        """
site.install("other", "1", {"other.py": "N = 1\\n"})
importlib.invalidate_caches()
import other
midflight.protect()
site.upgrade("other", "2", {"other.py": "N = 2\\n"})
until(lambda: other.__file__ != str(site.path / "other.py"))
assert lib.__file__ == str(site.path / "lib" / "__init__.py")
""",
    )


def test_forked_children_watch_for_themselves(program):  # noqa: F811
    run(
        program,
        """
go, ready = os.pipe()
child = os.fork()
if child == 0:
    os.close(ready)
    os.read(go, 1)
    until(gone)
    sys.exit(0 if lib.read() == "data 1" else 1)
upgrade()
os.close(ready)
until(gone)
assert os.waitpid(child, 0)[1] == 0
""",
        flags=("-W", "error"),
    )
    assert names(program) == []


def test_all_files_closed(program):  # noqa: F811
    run(
        program,
        """
os.closerange(3, 1000)
read, write = os.pipe()
os.write(write, b"not for midflight")
upgrade()
until(gone)
assert os.read(read, 100) == b"not for midflight"
""",
    )


def test_the_end_does_not_wait(program):  # noqa: F811
    run(program, "threading.Thread(target=time.sleep, args=(0.2,)).start()")
    taken = program("""
        import atexit
        begun = []
        atexit.register(lambda: print(time.monotonic() - begun[0]))  # the last callbacks run first
        midflight.protect()
        time.sleep(0.1)  # the thread sleeps
        atexit.register(lambda: begun.append(time.monotonic()))
    """)
    assert float(taken) < 0.5


def test_a_fork_that_python_was_not_told_of(program):  # noqa: F811
    """As uWSGI does it: of Python's hooks only the child's are called. (CPython 3.13 does not survive that, whatever is loaded.)"""
    alone = "import ctypes\nif ctypes.PyDLL(None).fork() == 0: ctypes.pythonapi.PyOS_AfterFork_Child()\nelse: __import__('os').wait()"
    if "Mutex_Unlock" in subprocess.run([sys.executable, "-c", alone], capture_output=True, text=True).stderr:
        pytest.skip("this CPython ends such a child itself")
    run(
        program,
        """
import ctypes, signal
child = ctypes.PyDLL(None).fork()
if child == 0:
    ctypes.pythonapi.PyOS_AfterFork_Child()
    signal.alarm(30)
    until(gone)
    sys.exit(0 if lib.read() == "data 1" else 1)
upgrade()
assert os.waitpid(child, 0)[1] == 0
""",
    )


def test_wrong_argument(program):  # noqa: F811
    program("""
        for wait in (-1, "1", float("inf"), True):
            try:
                midflight.protect(wait)
            except midflight.Error as error:
                assert "wait must be a number of seconds" in str(error)
            else:
                raise AssertionError(wait)
    """)
