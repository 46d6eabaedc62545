"""Other threads while one stages: what they load of the old version follows, and an older pool that is given staged code runs it
in the new version's world."""

BESIDE = """
staging = midflight._engine.staging
reached, go = threading.Event(), threading.Event()

def meet():
    if threading.current_thread() is threading.main_thread() and not go.is_set():
        reached.set()
        assert go.wait(20)

def beside(function):
    failed = []

    def run():
        try:
            assert reached.wait(20)
            function()
        except BaseException as error:
            failed.append(error)
        finally:
            go.set()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        return midflight.upgrade("lib")
    finally:
        thread.join()
        if failed:
            raise failed[0]
"""
MEET = 'import sys\ngetattr(sys.modules["__main__"], "meet", lambda: None)()\n'
LATE = "VERSION = {n}\nfrom lib import Base\nclass Late(Base):\n    def version(self):\n        return {n}, super().version()\n"


def version(n, body=""):
    return {
        "lib/__init__.py": f"VERSION = {n}\nclass Base:\n    def version(self):\n        return {n}\n{body}",
        "lib/late.py": LATE.replace("{n}", str(n)),
    }


def test_what_is_loaded_while_staging_is_upgraded_too(run):
    """Found when it is staged: the way begins anew, with one module more."""
    run(
        {"lib": {"1": version(1), "2": version(2, MEET)}},
        BESIDE
        + """
import lib
assert midflight._engine.kept(20)
install("lib", "2")
kept = []

def load():
    import lib.late
    kept.append(lib.late.Late())
    assert kept[0].version() == (1, 1) and lib.VERSION == 1

beside(load)
import lib.late
assert lib.late.VERSION == 2 == lib.VERSION and kept[0].version() == (2, 2) and type(kept[0]) is lib.late.Late
""",
    )


def test_what_is_loaded_right_before_the_flip_is_upgraded_too(run):
    """Found at the flip: the hook runs when everything else has been matched... and is called again."""
    run(
        {"lib": {"1": version(1), "2": version(2)}},
        BESIDE
        + """
import lib
assert midflight._engine.kept(20)
install("lib", "2")
kept = []

@midflight.on_upgrade("lib", when="before")
def before(change):
    meet()

def load():
    import lib.late
    kept.append(lib.late.Late())

beside(load)
import lib.late
assert lib.late.VERSION == 2 == lib.VERSION and kept[0].version() == (2, 2) and type(kept[0]) is lib.late.Late
""",
    )


def test_threads_that_load_one_module_after_the_other(run):
    """Neither refused nor left behind, while lazy imports come at any moment."""
    count = 12
    files = {f"lib/part{i}.py": "from lib import Base\nclass Part(Base):\n    pass\n" for i in range(count)}
    run(
        {"lib": {n: {**version(n), **files} for n in "12"}},
        f"""
import importlib, random
import lib
assert midflight._engine.kept(20)
install("lib", "2")
made, failed = [], []

def load(numbers):
    try:
        for i in numbers:
            made.append(importlib.import_module(f"lib.part{{i}}").Part())
            time.sleep(0.01)
    except BaseException as error:
        failed.append(error)

threads = [threading.Thread(target=load, args=(range(start, {count}, 3),)) for start in range(3)]
for thread in threads:
    thread.start()
midflight.upgrade("lib", wait=30)
for thread in threads:
    thread.join()
assert not failed, failed
assert len(made) == {count}
for part in made:
    assert part.version() == 2 and type(part) is sys.modules[type(part).__module__].Part, part
""",
    )


def test_an_older_pool_runs_staged_code_in_its_world(run):
    body = (
        "import sys\npool = sys.modules['__main__'].pool\ndef work():\n    import addon\n"
        "    return sys.modules['lib'].VERSION, addon.VERSION, addon is sys.modules['addon']\n"
        "RESULT = pool.submit(work).result() if pool else None\n"
    )
    run(
        {
            "lib": {"1": version(1, body), "2": version(2, body + MEET)},
            "addon": {"1": {"addon.py": "import sys\nVERSION = sys.modules['lib'].VERSION\n"}},
        },
        BESIDE
        + """
import concurrent.futures
pool = None
import lib
pool = concurrent.futures.ThreadPoolExecutor(2)

def see():  # runs in the program's pool, too
    import lib
    return lib.VERSION, sys.modules["lib"].VERSION, staging()

def look():
    for _ in range(10):
        assert pool.submit(see).result() == (1, 1, False)
    assert "addon" not in sys.modules

assert midflight._engine.kept(20)
install("lib", "2")
assert pool.submit(see).result() == (1, 1, False)
beside(look)
assert lib.RESULT == (2, 2, True), lib.RESULT
assert pool.submit(see).result() == (2, 2, False) and sys.modules["addon"].VERSION == 2
""",
    )


def test_staged_code_that_another_thread_has_not_ended(run):
    """It cannot be taken back: refused."""
    body = (
        "import sys\npool, go = sys.modules['__main__'].pool, sys.modules['__main__'].end\n"
        "def work():\n    go.wait(20)\nif pool:\n    RESULT = pool.submit(work)\n    while not RESULT.running():\n        pass\n"
        "    del RESULT\n"
    )
    run(
        {"lib": {"1": version(1, body), "2": version(2, body)}},
        """
import concurrent.futures
pool, end = None, threading.Event()
import lib
pool = concurrent.futures.ThreadPoolExecutor(1)
pool.submit(int).result()
assert midflight._engine.kept(20)
install("lib", "2")
try:
    midflight.upgrade("lib")
except midflight.UpgradeRefused as refusal:
    assert any(reason.code == "staging-effect" and "thread" in reason.cause for reason in refusal.reasons), refusal
else:
    raise AssertionError("not refused")
end.set()
assert lib.VERSION == 1
""",
    )
