"""Import-time code that only the main thread may run, when upgrade() is called in another one: refused by a code of its own, and as before."""

import sys
import textwrap

import pytest

SECOND = {
    "not caught": """
        import signal
        signal.signal(signal.SIGUSR1, lambda number, frame: None)
    """,
    "caught": """
        import signal
        try:
            signal.signal(signal.SIGUSR1, lambda number, frame: None)
        except ValueError:
            pass
    """,
    "by another name": """
        from signal import set_wakeup_fd
        try:
            set_wakeup_fd(-1)
        except ValueError:
            pass
    """,
}


@pytest.mark.parametrize("way", SECOND)
def test_signal_functions(run, way):
    run(
        {"lib": {"1": {"lib.py": "X = 1\n"}, "2": {"lib.py": textwrap.dedent(SECOND[way]) + "X = 2\n"}}},
        """
        import signal, lib

        def before(number, frame):
            pass

        signal.signal(signal.SIGUSR1, before)
        functions = (signal.signal, signal.set_wakeup_fd)
        install("lib", "2")
        codes = []

        def upgrade():
            for call in (midflight.plan, midflight.upgrade):
                try:
                    codes.append([reason.code for reason in call("lib").reasons])
                except midflight.UpgradeRefused as refused:
                    codes.append([reason.code for reason in refused.reasons])
                    action = [reason.action for reason in refused.reasons if reason.code == "main-thread"]
                    assert action == ["call upgrade() in the main thread, or restart"], refused

        thread = threading.Thread(target=upgrade)
        thread.start()
        thread.join()
        assert len(codes) == 2 and all("main-thread" in found for found in codes), codes
        assert lib.X == 1 and signal.getsignal(signal.SIGUSR1) is before and signal.set_wakeup_fd(-1) == -1
        assert functions == (signal.signal, signal.set_wakeup_fd)
        """,
    )


def test_in_the_main_thread(run):
    """What needs it gets it; what it does to the process is told as such."""
    run(
        {
            "lib": {
                "1": {"lib.py": "X = 1\n"},
                "2": {"lib.py": "import signal\nsignal.set_wakeup_fd(-1)\nX = 2\n"},
                "3": {"lib.py": "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\nX = 3\n"},
            }
        },
        """
        import signal, lib
        install("lib", "2")
        assert midflight.upgrade("lib").upgraded and lib.X == 2
        install("lib", "3")
        assert midflight.plan("lib").verdict == "live" and signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
        assert midflight.upgrade("lib", keep=60).upgraded and lib.X == 3
        assert signal.getsignal(signal.SIGUSR1) is signal.SIG_IGN
        midflight.rollback()
        assert lib.X == 2 and signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
        """,
    )


HANDLER = """
import signal
seen = []
def handler(number, frame): seen.append({n})
saved = signal.signal(signal.SIGUSR1, handler)
X = {n}
"""
HANDLERS = {"lib": {"1": {"lib.py": "X = 1\n"}, **{n: {"lib.py": HANDLER.format(n=n)} for n in "23"}}}


def test_a_handler_of_signals(run):
    """What the release sets is set at the flip."""
    run(
        HANDLERS,
        """
        import signal, lib
        install("lib", "2")
        assert midflight.upgrade("lib").upgraded
        assert signal.getsignal(signal.SIGUSR1) is lib.handler and lib.saved is signal.SIG_DFL
        signal.raise_signal(signal.SIGUSR1)
        assert lib.seen == [2]
        """,
    )


@pytest.mark.skipif(sys.version_info < (3, 12), reason="CPython 3.11 keeps handlers where nobody finds them")
def test_a_handler_of_signals_that_the_old_version_had_set(run):
    run(
        HANDLERS,
        """
        import signal
        install("lib", "2")
        import lib
        install("lib", "3")
        report = midflight.upgrade("lib")
        signal.raise_signal(signal.SIGUSR1)
        assert lib.seen[-1] == 3 and signal.getsignal(signal.SIGUSR1) is lib.handler
        assert lib.saved is signal.SIG_DFL and not report.old_generation
        """,
    )


def test_a_handler_of_the_program_stays(run):
    run(
        HANDLERS,
        """
        import signal
        install("lib", "2")
        import lib

        def mine(number, frame):
            pass

        signal.signal(signal.SIGUSR1, mine)
        install("lib", "3")
        assert midflight.upgrade("lib").upgraded and lib.X == 3 and signal.getsignal(signal.SIGUSR1) is mine
        """,
    )


def test_a_handler_raises_when_another_is_to_be_set(run):
    """It is set, and what was raised is not lost."""
    run(
        {
            "lib": {
                "1": {"lib.py": "X = 1\n"},
                "2": {
                    "lib.py": HANDLER.format(n=2)
                    + "import logging\nlogging.getLogger('lib').addHandler(logging.Handler())\n"
                },
            }
        },
        """
        import logging, signal, lib
        armed = []

        class Logger(logging.Logger):
            def addHandler(self, handler):
                super().addHandler(handler)
                if armed:  # the effects are being made, and signals are held back
                    os.kill(os.getpid(), signal.SIGUSR2)

        def raises(number, frame):
            raise KeyError("handled")

        logging.setLoggerClass(Logger)
        signal.signal(signal.SIGUSR2, raises)
        midflight.on_upgrade("lib", when="after")(armed.append)
        install("lib", "2")
        try:
            midflight.upgrade("lib")
            assert False, "the handler's exception is lost"
        except KeyError:
            pass
        assert armed and lib.X == 2 and signal.getsignal(signal.SIGUSR1) is lib.handler
        """,
    )
