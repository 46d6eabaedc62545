"""rehearse: a fresh interpreter imports the new version before this process does."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.program import run


def trees(second, first="N = 1\ndef call(): return 1\n"):
    return {"lib": {"1": {"lib/__init__.py": first, "lib/sub.py": "N = 1\n"}, "2": {"lib/sub.py": "N = 2\n", **second}}}


GOOD = {"lib/__init__.py": "N = 2\ndef call(): return 2\nclass C:\n    def method(self): return 2\n"}

REFUSED = """
import lib, lib.sub
held = lib.call
install("lib", "2")
try:
    midflight.upgrade("lib", rehearse={rehearse})
except midflight.UpgradeRefused as refusal:
    (reason, *_) = refusal.reasons
    print(reason.code, "|", reason.module, "|", reason.symbol, "|", reason.cause)
else:
    raise AssertionError("was not refused")
assert lib.call is held and held() == 1 and lib.N == 1
"""


def test_live(tmp_path, midflight):
    """It says how long it took and what was printed, and leaves bytecode for staging."""
    second = {**GOOD, "lib/sub.py": "import sys\nprint('out'); print('err', file=sys.stderr)\nN = 2\n"}
    out = run(
        tmp_path,
        trees(second),
        """
        import lib, lib.sub, contextlib, io
        install("lib", "2")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            report = midflight.upgrade("lib", rehearse=True)
        assert lib.N == lib.sub.N == 2 and report.upgraded
        assert "out" in report.rehearsal.output and "err" in report.rehearsal.output, report.rehearsal
        assert report.rehearsal.modules == 2 and report.rehearsal.seconds > 0
        assert report.to_dict()["rehearsal"] == report.rehearsal._asdict() != report.rehearsal
        assert midflight.upgrade("lib").rehearsal is None
        """,
    )
    assert out == ""


def test_it_compiles(tmp_path, midflight):
    """Also what staging never comes to, because it raises: that bytecode can only be the rehearsal's."""
    second = {
        "lib/__init__.py": "import sys\nif 'midflight' in sys.modules: raise RuntimeError('staged')\nfrom . import sub\n"
    }
    run(
        tmp_path,
        trees(second),
        """
        import glob, lib, lib.sub
        def compiled():
            return {path: os.stat(path).st_mtime_ns for path in glob.glob(os.path.dirname(lib.__file__) + "/__pycache__/sub.*.pyc")}
        before = compiled()
        install("lib", "2")
        for rehearse in (False, True):
            try:
                midflight.upgrade("lib", rehearse=rehearse)
            except midflight.UpgradeRefused as refusal:
                assert refusal.reasons[0].code == "staging-failed", refusal
            else:
                raise AssertionError("was not refused")
            new = {path: time for path, time in compiled().items() if before.get(path) != time}
            assert len(new) == rehearse, (rehearse, before, new)
        """,
    )


def test_many_options(tmp_path, midflight):
    """A fresh interpreter gets all of them, however many there are."""
    second = {
        "lib/__init__.py": "import sys\nif 'midflight' not in sys.modules: print(len(sys.warnoptions))\ndef call(): return 2\n"
    }
    run(
        tmp_path,
        trees(second),
        """
        import lib, lib.sub
        sys.warnoptions += [f"ignore:text {n}" for n in range(400)]
        install("lib", "2")
        report = midflight.upgrade("lib", rehearse=True)
        assert int(report.rehearsal.output) == len(sys.warnoptions) >= 400, report.rehearsal
        """,
    )


def test_the_same_interpreter(tmp_path, midflight):
    """Executable, flags, options, environment, path and working directory are those of the process that asks."""
    second = {
        "lib/__init__.py": """
            import json, os, sys
            if "midflight" not in sys.modules:
                print(json.dumps([sys.executable, list(sys.flags), sys._xoptions, sys.warnoptions, sys.path, os.getcwd(), os.environ.get("MARK")]))
            def call(): return 2
            """
    }
    script = f"""
        import json, os, sys
        sys.path.insert(0, {str(tmp_path / "site")!r})
        sys.path.append({str(Path(__file__).parent.parent)!r})
        from tests.support.install import Site
        sys.path.remove({str(Path(__file__).parent.parent)!r})
        import midflight, lib
        Site({str(tmp_path / "site")!r}).upgrade("lib", "2", json.loads({json.dumps(json.dumps({k: textwrap.dedent(v) for k, v in second.items()}))}))
        report = midflight.upgrade("lib", rehearse=True)
        ours = [sys.executable, list(sys.flags), sys._xoptions, sys.warnoptions, sys.path, os.getcwd(), "here"]
        assert json.loads(report.rehearsal.output) == ours, (json.loads(report.rehearsal.output), ours)
        """
    from tests.support.install import Site
    from tests.support.process import environment

    Site(tmp_path / "site").install("lib", "1", {"lib/__init__.py": "def call(): return 1\n"})
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(script))
    flags = ["-O", "-B", "-s", "-W", "error::ImportWarning", "-X", "utf8", "-X", "no_debug_ranges"]
    env = {**environment([]), "MARK": "here"}
    done = subprocess.run(
        [sys.executable, *flags, program], capture_output=True, text=True, timeout=60, env=env, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "text, code",
    [
        ("raise RuntimeError('no')", "importing lib in a fresh interpreter raised RuntimeError: no"),
        ("import nothing_of_the_kind", "raised ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("import os; os._exit(3)", "a fresh interpreter ended while it imported the new version"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "a fresh interpreter ended"),
        ("import sys; sys.exit('left')", "raised SystemExit: left"),
        ("def call(: pass", "raised SyntaxError"),
    ],
)
def test_what_cannot_be_imported_is_never_staged(tmp_path, midflight, text, code):
    seen = "import sys\nassert 'midflight' not in sys.modules, 'staged'\n"
    out = run(tmp_path, trees({"lib/__init__.py": seen + text}), REFUSED.format(rehearse=True))
    assert out.startswith("rehearsal-failed") and code in out, out


def test_a_module_that_is_gone(tmp_path, midflight):
    script = """
        import lib, lib.sub
        install("lib", "2")
        midflight.upgrade("lib", rehearse=True, allow=("names",))
        assert lib.N == 2 and "lib.sub" not in __import__("sys").modules
        """
    run(tmp_path, {"lib": {"1": trees({})["lib"]["1"], "2": GOOD}}, script)


def test_limit(tmp_path, midflight):
    out = run(tmp_path, trees({"lib/__init__.py": "import time; time.sleep(100)"}), REFUSED.format(rehearse=0.5))
    assert out.startswith("rehearsal-failed") and "was not done with importing the new version after 0.5 s" in out


def test_its_children_end_with_it(tmp_path, midflight):
    text = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'import time, sys; print(42, flush=True); time.sleep(1000)', 'a-child-of-the-rehearsal'])"
    out = run(tmp_path, trees({"lib/__init__.py": text}), REFUSED.format(rehearse=1.5))
    assert out.startswith("rehearsal-failed")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            assert b"a-child-of-the-rehearsal" not in (folder / "cmdline").read_bytes()
        except OSError:
            continue


@pytest.mark.parametrize(
    "text, symbol",
    [
        ("import sys\nif 'midflight' in sys.modules: EXTRA = 1", "EXTRA"),
        ("import sys\nif 'midflight' not in sys.modules: MISSING = 1", "MISSING"),
        ("import sys\nVALUE = 1 if 'midflight' in sys.modules else 'a'", "VALUE"),
        (
            "import sys\nif 'midflight' in sys.modules:\n    def other(): return 1\nelse:\n    def other(): return len('')",
            "other",
        ),
        ("import sys\nclass C:\n    if 'midflight' in sys.modules: x = 1", "C"),
    ],
)
def test_what_is_staged_must_be_what_a_fresh_interpreter_has(tmp_path, midflight, text, symbol):
    out = run(tmp_path, trees({"lib/__init__.py": "def call(): return 2\n" + text}), REFUSED.format(rehearse=True))
    assert out.startswith(f"rehearsal-differs | lib | {symbol} |"), out


def test_values_may_differ(tmp_path, midflight):
    second = "import os, time, threading\nPID, NOW, LOCK, KEY = os.getpid(), time.time(), threading.Lock(), os.urandom(4)\ndef call(): return 2\n"
    script = 'import lib, lib.sub\ninstall("lib", "2")\nmidflight.upgrade("lib", rehearse=True)\nassert lib.call() == 2'
    run(tmp_path, trees({"lib/__init__.py": second}), script)


def test_much_output_and_a_greedy_handler(tmp_path, midflight):
    """Its output is bounded, and a handler that waits for every child does no harm."""
    second = {
        **GOOD,
        "lib/sub.py": "import sys\nif 'midflight' not in sys.modules: print('x' * 3000000, 'end')\nN = 2\n",
    }
    script = """
        import lib, lib.sub, os, signal
        def reap(*_):
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                pass
        signal.signal(signal.SIGCHLD, reap)
        install("lib", "2")
        report = midflight.upgrade("lib", rehearse=True)
        assert lib.N == 2 and len(report.rehearsal.output) <= 65536 and report.rehearsal.output.endswith("x end\\n")
        """
    run(tmp_path, trees(second), script)


def test_others_run_meanwhile(tmp_path, midflight):
    script = """
        import lib, lib.sub
        install("lib", "2")
        count, end = 0, False
        def work():
            global count
            while not end:
                count += lib.call()
                time.sleep(0)
        thread = threading.Thread(target=work)
        thread.start()
        report = midflight.upgrade("lib", rehearse=True)
        end = True
        thread.join()
        assert count > 100 and lib.N == 2
        """
    run(tmp_path, trees(GOOD), script)


def test_a_program_without_standard_files(tmp_path, midflight):
    run(
        tmp_path,
        trees(
            {
                **GOOD,
                "lib/sub.py": "import sys\nif 'midflight' not in sys.modules:\n    print('out'); print('err', file=sys.stderr)\nN = 2\n",
            }
        ),
        """
        import lib, lib.sub
        install("lib", "2")
        os.closerange(0, 3)
        report = midflight.upgrade("lib", rehearse=True)
        output = report.rehearsal.output
        os._exit(0 if lib.N == 2 and "out" in output and "err" in output else 1)
        """,
    )
