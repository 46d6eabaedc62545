"""Import-time code that only the main thread may run, when upgrade() is called in another one: refused by a code of its own, and as before."""

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
        try:
            midflight.upgrade("lib")
        except midflight.UpgradeRefused as refused:
            assert [reason.code for reason in refused.reasons] == ["staging-effect"], refused
        assert lib.X == 2 and signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
        """,
    )
