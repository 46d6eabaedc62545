"""What goes on around an upgrade: other threads that import, interrupts while staging, other distributions' modules under names of ours.

Each test is a script in a process of its own; install(name, version) puts that version's files on disk.
"""

import sys

import pytest

from tests.support import program


@pytest.fixture
def run(tmp_path, midflight):
    """run(trees, script), as tests/support/program.py has it."""
    return lambda trees, script: program.run(tmp_path, trees, script)


# ---- other threads import ----


def slow(n):
    """A package that takes until the program says so to be imported, and fills in what its submodules began."""
    return {
        "lib/__init__.py": f"""
            import sys
            from lib import part
            part.table["first"] = 1
            program = sys.modules["__main__"]
            getattr(program, "half_way", lambda: None)()
            part.table["second"] = {n} * 2
            part.setting = "set by the package"
            TABLE = {{"complete": {n}}}
            def function():
                return {n}
        """,
        "lib/part.py": """
            table = {}
            setting = None
        """,
    }


def test_what_another_thread_is_loading_is_recorded_when_it_is_loaded(run):
    run(
        {"lib": {"1": slow(1), "2": slow(2)}, "other": {"1": {"other.py": "X = 1\n"}}},
        """
        reached, go = threading.Event(), threading.Event()

        def half_way():
            reached.set()
            assert go.wait(30)

        def load():
            import lib

        thread = threading.Thread(target=load)
        thread.start()
        assert reached.wait(30)
        import other  # an outermost import ends while lib is half-way
        go.set()
        thread.join()
        del half_way
        import lib
        assert lib.TABLE == {"complete": 1} and lib.part.table == {"first": 1, "second": 2}
        install("lib", "2")
        report = midflight.upgrade("lib")  # not refused: the program changed nothing
        assert lib.function() == 2 and not report.old_generation, report.old_generation
        assert lib.TABLE == {"complete": 2} and lib.part.table == {"first": 1, "second": 4}
        """,
    )


def test_what_is_loaded_around_an_import_is_recorded_at_its_own_end(run, tmp_path):
    """The program's own module imports a library first, and defines its tables after."""
    (tmp_path / "own.py").write_text("import lib\n\nTABLE = {'one': 1}\n\n\ndef function():\n    return 1\n")
    run(
        {"lib": {"1": {"lib.py": "X = 1\n"}}},
        """
        import own, os
        text = open("own.py").read()
        open("own.py", "w").write(text.replace("return 1", "return 2").replace("'one': 1", "'two': 2") + "#\\n")
        midflight.reload_module("own")
        assert own.function() == 2 and own.TABLE == {"two": 2}
        """,
    )


def test_an_import_that_failed_in_a_thread_leaves_nothing_waiting(run):
    broken = {"lib/__init__.py": "from lib import part\nraise OSError\n", "lib/part.py": "TABLE = {}\n"}
    good = {"lib/__init__.py": "from lib import part\nN = {n}\n", "lib/part.py": "TABLE = {{'n': {n}}}\n"}
    versions = {str(n): {file: text.format(n=n) for file, text in good.items()} for n in (2, 3)}
    run(
        {"lib": {"1": broken, **versions}},
        """
        def load():
            try:
                import lib
            except OSError:
                pass

        thread = threading.Thread(target=load)
        thread.start()
        thread.join()
        install("lib", "2")
        import importlib
        importlib.invalidate_caches()
        sys.modules.pop("lib.part", None)
        import lib
        assert lib.part.TABLE == {"n": 2}
        install("lib", "3")
        midflight.upgrade("lib")
        assert lib.part.TABLE == {"n": 3} and lib.N == 3
        """,
    )


def test_a_child_that_is_forked_while_another_thread_imports_records_on(run):
    plain = {n: {"plain.py": f"TABLE = {{'n': {n}}}\n"} for n in "12"}
    run(
        {"lib": {"1": slow(1)}, "plain": plain},
        """
        import os
        reached, go = threading.Event(), threading.Event()

        def half_way():
            reached.set()
            assert go.wait(30)

        def load():
            import lib

        thread = threading.Thread(target=load)
        thread.start()
        assert reached.wait(30)
        pid = os.fork()
        if pid == 0:
            import plain
            install("plain", "2")
            midflight.upgrade("plain")
            os._exit(0 if plain.TABLE == {"n": 2} else 3)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        go.set()
        thread.join()
        """
        if sys.version_info < (3, 12)
        else "",  # from 3.12 on Python warns of a fork with threads
    )


# ---- interrupts ----

INTERRUPTED = {
    "raised": "raise KeyboardInterrupt",
    "signal": "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    "caught": "try:\n    raise KeyboardInterrupt\nexcept KeyboardInterrupt:\n    raise KeyboardInterrupt from None",
}


@pytest.mark.parametrize("how", INTERRUPTED)
def test_an_interrupt_while_staging_is_passed_on_and_nothing_has_happened(run, how):
    def tree(n, before=""):
        return {
            "lib/__init__.py": f"""
import logging, warnings, collections.abc
from lib import part
class C:
    def method(self):
        return {n}
collections.abc.Sized.register(C)
logging.getLogger("lib").addHandler(logging.NullHandler())
warnings.simplefilter("ignore", type("LibWarning{n}", (UserWarning,), {{}}))
{before}
def function():
    return {n}
""",
            "lib/part.py": f"N = {n}\n",
        }

    run(
        {"lib": {"1": tree(1), "2": tree(2, INTERRUPTED[how]), "3": tree(3)}},
        """
        import gc, lib, logging, signal, warnings, collections.abc
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has it ignored in the background
        held, instance = lib.function, lib.C()

        def state():
            gc.collect()
            return (
                {name: id(module) for name, module in sys.modules.items() if name.split(".")[0] == "lib"},
                dict(vars(lib)), dict(vars(lib.C)), list(sys.path), list(sys.meta_path), type(sys.modules),
                list(logging.getLogger("lib").handlers), list(warnings.filters), gc.get_freeze_count(),
                [cls for cls in object.__subclasses__() if cls.__module__.startswith("lib")],
                threading._start_new_thread if hasattr(threading, "_start_new_thread") else None,
            )

        before = state()
        install("lib", "2")
        for _ in range(3):
            try:
                midflight.upgrade("lib")
            except KeyboardInterrupt:
                pass
            else:
                raise AssertionError("swallowed")
            after = state()
            assert before == after, [pair for pair in zip(before, after) if pair[0] != pair[1]]
            assert lib.function is held and held() == 1 and instance.method() == 1
        install("lib", "3")
        report = midflight.upgrade("lib")
        assert lib.function is held and held() == 3 and instance.method() == 3 and not report.old_generation
        """,
    )


# ---- names of ours for modules of others ----


def alias(n, more=""):
    """Like requests.packages: modules of another distribution under names of this one."""
    return {
        "lib/__init__.py": f"from lib import packages\ndef function():\n    return {n}\n",
        "lib/packages.py": f"""
            import sys
            import other, other.sub
            for name in list(sys.modules):
                if name == "other" or name.startswith("other."):
                    sys.modules["lib.packages." + name] = sys.modules[name]
            {more}
        """,
    }


OTHER = {
    "other/__init__.py": "def function():\n    return 'other'\n\n\nclass C:\n    pass\n",
    "other/sub.py": "TABLE = {}\n\n\ndef function():\n    return TABLE\n",
}
ALIASED = """
        import lib, other, other.sub, gc, weakref
        aliased = sys.modules["lib.packages.other.sub"]
        assert aliased is other.sub and sys.modules["lib.packages.other"] is other
        other.sub.TABLE["mine"] = 1
        held = [other.function, other.C, other.sub.function, other.C()]
        identities = [id(thing) for thing in held]
        spaces = [dict(vars(module)) for module in (other, other.sub)]
        ours = lib.function
        %s
        install("lib", "2")
        report = midflight.upgrade("lib")
        assert [entry[0] for entry in report.upgraded] == ["lib"]
        assert lib.function is ours and ours() == 2 and not report.old_generation, report.old_generation
        assert [id(thing) for thing in held] == identities and held[2]() == {"mine": 1}
        assert [dict(vars(module)) for module in (other, other.sub)] == spaces
        assert held[0] is other.function and type(held[3]) is other.C
        %s
"""


def test_modules_of_others_under_names_of_ours_stay_what_they_are(run):
    run(
        {"lib": {"1": alias(1), "2": alias(2)}, "other": {"1": OTHER}},
        ALIASED % ("", 'assert sys.modules["lib.packages.other"] is other is sys.modules["other"]'),
    )


def test_an_alias_that_the_new_version_does_not_make_goes(run):
    plain = {"lib/__init__.py": "def function():\n    return 2\n"}
    run(
        {"lib": {"1": alias(1), "2": plain}, "other": {"1": OTHER}},
        ALIASED
        % ("", 'assert "lib.packages.other" not in sys.modules and sys.modules["other"] is other and not report.notes'),
    )


def test_a_module_of_another_that_is_loaded_under_our_name_alone_stays_what_it_is(run):
    """Its own entry is gone: the name says it is ours, what is recorded of it says it is not."""
    run(
        {"lib": {"1": alias(1), "2": alias(2)}, "other": {"1": OTHER}},
        ALIASED % ('del sys.modules["other"], sys.modules["other.sub"]', ""),
    )


def test_our_own_copy_does_not_take_the_place_of_what_the_alias_named(run):
    """The new version brings a module of that very name: what the program holds is of the other distribution."""
    own = {
        "lib/__init__.py": "from lib import packages\ndef function():\n    return 2\n",
        "lib/packages/__init__.py": "import lib.packages.other.sub\n",
        "lib/packages/other/__init__.py": OTHER["other/__init__.py"].replace("'other'", "'ours'"),
        "lib/packages/other/sub.py": OTHER["other/sub.py"],
    }
    run(
        {"lib": {"1": alias(1), "2": own}, "other": {"1": OTHER}},
        ALIASED
        % (
            "",
            'assert sys.modules["lib.packages.other"] is not other and sys.modules["other"] is other\n'
            '        assert sys.modules["lib.packages.other"].function() == "ours" and other.function() == "other"',
        ),
    )


# ---- the modules dict ----


def test_a_new_module_may_be_the_one_for_which_the_modules_dict_must_grow(run):
    """What was planned for its old table would be lost."""
    new = {"lib/__init__.py": "import lib.more\n\n\ndef function():\n    return 2\n", "lib/more.py": "N = 2\n"}
    run(
        {"lib": {"1": {"lib/__init__.py": "def function():\n    return 1\n"}, "2": new}},
        """
        import lib, os
        install("lib", "2")

        def room():
            # so many names fit in before the table grows
            size, n = sys.getsizeof(sys.modules), 0
            while sys.getsizeof(sys.modules) == size:
                sys.modules[f"dummy {n}"] = None
                n += 1
            return n - 1

        read, write = os.pipe()
        if os.fork() == 0:
            os.write(write, b"%d" % room())
            os._exit(0)
        os.wait()
        for i in range(int(os.read(read, 100))):
            sys.modules[f"filler {i}"] = None
        size, identity = sys.getsizeof(sys.modules), id(lib)
        midflight.upgrade("lib")
        assert sys.getsizeof(sys.modules) > size, "it has grown"
        assert sys.modules["lib"] is lib and id(lib) != identity and sys.modules["lib.more"].N == 2 and lib.function() == 2
        """,
    )


# ---- what is installed ----


def test_a_record_that_is_written_in_place_is_read_again(run):
    """As uv writes it: the directory's own times stay."""
    run(
        {"lib": {"1": {"lib.py": "", "late.py": ""}}, "other": {"1": {"other.py": ""}}},
        """
        import pathlib
        from midflight import _engine
        (record,) = pathlib.Path("site").glob("lib-1.dist-info/RECORD")
        whole = record.read_text()
        record.write_text("".join(line for line in whole.splitlines(True) if not line.startswith("late.py")))
        import lib, other
        assert _engine.owner("lib")[0] == "lib"
        record.write_text(whole)
        import late
        assert _engine.owner("late")[:2] == ("lib", "1"), _engine.owner("late")
        """,
    )


def test_a_hidden_pth_file_counts_where_the_interpreter_reads_it(tmp_path, run):
    """Some releases of each version skip them: the interpreter that runs this is asked by its own site module."""
    for n in (1, 2):
        egg = tmp_path / "eggs" / f"pkg-{n}.0-py3.egg"
        (egg / "EGG-INFO").mkdir(parents=True)
        (egg / "EGG-INFO" / "PKG-INFO").write_text(f"Metadata-Version: 1.0\nName: pkg\nVersion: {n}.0\n")
        (egg / "pkg.py").write_text(f"N = {n}\n")
    (tmp_path / "eggs" / "easy-install.pth").write_text("./pkg-1.0-py3.egg\n")
    (tmp_path / "eggs" / ".hidden.pth").write_text("./pkg-2.0-py3.egg\n")
    run(
        {},
        """
        import os, site
        site.addsitedir(os.path.abspath("eggs"))
        import pkg
        (entry,) = [entry for entry in midflight.status() if entry.name == "pkg"]
        assert entry.loaded == entry.installed == f"{pkg.N}.0" and not entry.stale, entry
        """,
    )
