"""Signals that arrive while what staging did outside is undone."""

import pytest

HANDLING = "import signal\ndef handler(*a): pass\nsignal.signal(signal.SIGUSR1, handler)\n"
RAISES = {"C": "signal.default_int_handler", "Python": "raises"}


@pytest.mark.parametrize("number", ["SIGUSR1", "SIGURG"])
@pytest.mark.parametrize("raises", RAISES)
def test_a_signal_while_a_handler_is_put_back(run, raises, number):
    """The handler of another signal raises then: that goes on, and the one that staging set is gone all the same.
    (SIGURG: of the limit.)"""
    new = HANDLING + "open('staged', 'w').close()\nraise OSError\n"
    run(
        {"lib": {"1": {"lib.py": HANDLING}, "2": {"lib.py": new}}},
        f"""
import _signal, signal, lib

def raises(*arguments):
    raise ValueError("the program's")

old = signal.getsignal(signal.{number})
original = _signal.signal
def called(*arguments):
    if arguments == (signal.{number}, old) and os.path.exists("staged"):
        os.remove("staged")
        os.kill(os.getpid(), signal.SIGTERM)
    return original(*arguments)
_signal.signal = called
signal.signal(signal.SIGTERM, {RAISES[raises]})
install("lib", "2")
try:
    midflight.upgrade("lib")
except (KeyboardInterrupt, ValueError):
    assert not os.path.exists("staged")
else:
    raise AssertionError("not raised")
assert signal.getsignal(signal.{number}) is old
""",
    )
