"""Numbers and strings that an import writes outside, told from what other threads and signal handlers write at the same time.

CPython 3.12 tells of each write to a dict; 3.11 does not, so there a difference is staging's only if no other thread ran.
"""

import sys

import pytest

EXACT = sys.version_info >= (3, 12)
REGISTRY = {
    "registry.py": """
        COUNT = 3
        FLAGS = {"own": 1, "last": 9}
        DEEP = {"a": {"b": {"own": 1}}}
        SEEN = []

        class Hub:
            level = 1

        hub = Hub()
    """
}
WRITES = """
    import registry, time
    registry.COUNT += 1
    registry.FLAGS["lib"] = 2
    registry.FLAGS["own"] = 7
    registry.DEEP["a"]["b"]["lib"] = 2
    registry.Hub.level = 2
    registry.FLAGS["overwritten"] = 1
    getattr(registry, "meanwhile", lambda: None)()
"""


def trees(more=""):
    return {
        "registry": {"1": REGISTRY},
        "lib": {"1": {"lib.py": "X = 1\n"}, "2": {"lib.py": WRITES + more}, "3": {"lib.py": WRITES + "    X = 3\n"}},
    }


FAILS = "    raise ImportError\n"


def test_a_thread_writes_at_the_same_time(run):
    """What it wrote stays, what the import wrote goes: slot by slot, in the same dicts."""
    if not EXACT:
        pytest.skip("CPython 3.11 tells nobody of writes to a dict")
    run(
        trees(FAILS),
        """
        import registry, lib

        def meanwhile():
            begin.set()
            while not done.is_set():
                time.sleep(0.001)

        def write():
            begin.wait()
            registry.FLAGS["thread"] = 5
            registry.FLAGS["overwritten"] = "the thread's"
            registry.threads = 6
            registry.DEEP["a"]["b"]["thread"] = 7
            registry.Hub.thread = 8
            done.set()

        registry.meanwhile = meanwhile
        begin, done = threading.Event(), threading.Event()
        thread = threading.Thread(target=write)
        thread.start()
        install("lib", "2")
        try:
            midflight.upgrade("lib")
        except midflight.UpgradeRefused as refused:
            assert [reason.code for reason in refused.reasons] == ["staging-failed"], refused
        thread.join()
        assert list(registry.FLAGS.items()) == [("own", 1), ("last", 9), ("overwritten", "the thread's"), ("thread", 5)], registry.FLAGS
        assert (registry.COUNT, registry.threads, registry.Hub.level, registry.Hub.thread) == (3, 6, 1, 8)
        assert registry.DEEP == {"a": {"b": {"own": 1, "thread": 7}}}
        registry.FLAGS.pop("overwritten")
        registry.meanwhile = lambda: None
        install("lib", "3")
        midflight.upgrade("lib")
        assert (registry.COUNT, registry.FLAGS["lib"], registry.FLAGS["own"], registry.FLAGS["thread"]) == (4, 2, 7, 5)
        assert registry.DEEP == {"a": {"b": {"own": 1, "thread": 7, "lib": 2}}} and registry.Hub.level == 2
        """,
    )


def test_a_signal_handler_writes_at_the_same_time(run):
    """The handler runs in the importing thread, in the middle of the import; it is the program all the same."""
    run(
        trees(FAILS),
        f"""
        import signal, registry, lib

        def handler(number, frame):
            registry.FLAGS["stop"] = True
            registry.stop = True

        registry.meanwhile = lambda: (os.kill(os.getpid(), signal.SIGUSR1), time.sleep(0.01))
        signal.signal(signal.SIGUSR1, handler)
        install("lib", "2")
        try:
            midflight.upgrade("lib")
        except midflight.UpgradeRefused as refused:
            codes = {{reason.code for reason in refused.reasons}}
            assert codes <= {{"staging-failed", "staging-effect"}}, refused
            exact = codes == {{"staging-failed"}}
        assert registry.FLAGS["stop"] and registry.stop
        assert exact == {EXACT}
        if exact:
            assert registry.COUNT == 3 and registry.FLAGS == {{"own": 1, "last": 9, "stop": True}}
        """,
    )


def test_a_finalizer_writes_at_the_same_time(run):
    """A collection while staging may run the program's finalizers: what they write is the program's."""
    if not EXACT:
        pytest.skip("CPython 3.11 tells nobody of writes to a dict")
    run(
        trees(FAILS),
        """
        import gc, registry, lib

        class Last:
            def __del__(self):
                registry.FLAGS["finalized"] = True

        def meanwhile():
            last = Last()
            last.me = last
            del last
            gc.collect()

        registry.meanwhile = meanwhile
        install("lib", "2")
        try:
            midflight.upgrade("lib")
        except midflight.UpgradeRefused as refused:
            assert [reason.code for reason in refused.reasons] == ["staging-failed"], refused
        assert registry.FLAGS == {"own": 1, "last": 9, "finalized": True}, registry.FLAGS
        """,
    )


def test_a_registry_deep_inside(run):
    """Where the content before was not copied, the record of what was written gives it."""
    if not EXACT:
        pytest.skip("CPython 3.11 tells nobody of writes to a dict")
    run(
        {
            "registry": {"1": REGISTRY},
            "lib": {
                str(n): {
                    "lib.py": f"""
                        import registry

                        class Plugin:
                            version = {n}

                        class Extra:
                            version = {n}

                        registry.DEEP["a"]["b"]["lib"] = Plugin
                        if {n} > 1:
                            registry.DEEP["a"]["b"]["extra"] = Extra()
                    """
                }
                for n in (1, 2)
            },
        },
        """
        import registry, lib
        install("lib", "2")
        report = midflight.upgrade("lib")
        table = registry.DEEP["a"]["b"]
        assert list(table) == ["own", "lib", "extra"] and table["lib"] is lib.Plugin and table["lib"].version == 2
        assert type(table["extra"]) is lib.Extra and not report.old_generation, report.old_generation
        """,
    )


def test_books_of_c_objects_are_left_alone(run):
    """A bounded lru_cache has pointers into its dict: what the import cached there stays, and it works on."""
    run(
        {
            "lib": {
                "1": {"lib.py": "X = 1\n"},
                "2": {"lib.py": "import __main__\n[__main__.cached(n) for n in range(100, 140)]\nraise ImportError\n"},
            },
        },
        """
        import functools, gc, lib

        @functools.lru_cache(maxsize=32)
        def cached(n):
            return n * 2

        [cached(n) for n in range(20)]
        install("lib", "2")
        try:
            midflight.upgrade("lib")
        except midflight.UpgradeRefused as refused:
            assert [reason.code for reason in refused.reasons] == ["staging-failed"], refused
        assert [cached(n) for n in range(200)] == [n * 2 for n in range(200)]
        assert cached.cache_info().currsize == 32
        cached.cache_clear()
        gc.collect()
        """,
    )


def test_random_numbers_without_a_state(run):
    """The program has put the system's generator in the place of random's functions: that one has no state, and says so by raising."""
    run(
        {"lib": {"1": {"lib.py": "X = 1\n"}, "2": {"lib.py": "X = 2\n"}}},
        """
        import random, lib
        system = random.SystemRandom()
        random.getstate, random.setstate = system.getstate, system.setstate
        install("lib", "2")
        assert midflight.upgrade("lib").upgraded and lib.X == 2
        """,
    )
