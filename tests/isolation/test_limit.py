"""An import that does not end is cut off: what ends it, what cannot, and that nothing is left of either."""

import json

BEGIN = "VERSION = 2\nimport copyreg\ncopyreg.dispatch_table[int] = 5\n"
WAYS = {
    "loop": "while True:\n    pass\n",
    "sleep": "import time\ntime.sleep(1000)\n",
    "own_sleep": "from time import sleep\nsleep(1000)\n",
    "event": "import threading\nthreading.Event().wait()\n",
    "queue": "import queue\nqueue.Queue().get(timeout=1000)\n",
    "lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()\n",
    "socket": "import socket\nleft, right = socket.socketpair()\nleft.recv(1)\n",
    "command": "import subprocess\nsubprocess.run(['sleep', '1000'])\n",
    "select": "import select, os\nends = os.pipe()\nselect.select([ends[0]], [], [])\n",
    "caught": "import time\nfor _ in range(1000):\n    try:\n        time.sleep(1)\n    except BaseException:\n        break\n",
    "submodule": "import lib.hangs\n",
}
INTERRUPTED_ANYWHERE = ["loop", "sleep", "own_sleep", "event", "queue", "caught", "submodule"]

CHECK = """
import copyreg, importlib._bootstrap, signal, subprocess
import lib

def state():
    return {
        "modules": dict(sys.modules),
        "threads": set(sys._current_frames()),
        "signal": signal.getsignal(signal.SIGURG),
        "table": dict(copyreg.dispatch_table),
        "locks": {name for name, lock in importlib._bootstrap._module_locks.items() if lock()},
        "sleep": time.sleep,
    }

def cut_off(limit=0.3):
    before = state()
    begin = time.monotonic()
    try:
        midflight.upgrade("lib", limit=limit)
    except midflight.UpgradeRefused as refusal:
        took = time.monotonic() - begin
        assert {reason.code for reason in refusal.reasons} == {"staging-timeout"}, refusal
        assert took >= limit, took
        text = str(refusal)
    else:
        raise AssertionError("not refused")
    after = state()
    for key in before:
        assert after[key] == before[key], (key, before[key], after[key])
    assert lib.VERSION == 1 and lib.function() == 1
    for _ in range(100):
        time.sleep(0)  # nothing is raised afterwards
    return text
"""


def trees(ways):
    old = {"lib/__init__.py": "VERSION = 1\ndef function():\n    return VERSION\n"}
    versions = {"1": old}
    for way in ways:
        versions[f"2.{way}"] = {"lib/__init__.py": BEGIN + WAYS[way], "lib/hangs.py": WAYS["sleep"]}
    good = "import time\nfrom time import sleep\nfrom os import fork\ntime.sleep(0.01)\nVERSION = 3\ndef function():\n    return VERSION\n"
    versions["3"] = {"lib/__init__.py": good}
    return {"lib": versions}


def test_in_the_main_thread_every_wait_ends(run):
    run(
        trees(WAYS),
        CHECK
        + f"""
import queue, select, socket, logging  # what they load of the standard library stays
for way in {json.dumps(list(WAYS))}:
    install("lib", "2." + way)
    text = cut_off()
    if way == "submodule":
        assert "hangs.py:2" in text, text
    elif way != "caught":
        assert "lib" in text and "__init__.py" in text or way in ("event", "queue", "command"), text
install("lib", "3")
midflight.upgrade("lib", limit=30)
assert lib.function() == 3 and lib.time.sleep is time.sleep and lib.sleep is time.sleep and lib.fork is os.fork
""",
    )


def test_in_another_thread(run):
    run(
        trees(INTERRUPTED_ANYWHERE),
        CHECK
        + f"""
import queue, logging

def in_thread(function):
    failed = []
    def run():
        try:
            function()
        except BaseException as error:
            failed.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]

for way in {json.dumps(INTERRUPTED_ANYWHERE)}:
    install("lib", "2." + way)
    in_thread(cut_off)
install("lib", "3")
in_thread(lambda: midflight.upgrade("lib"))
assert lib.function() == 3
""",
    )


def test_a_lock_that_another_thread_waits_for_is_waited_for_to_the_end(run):
    """The truth about threads: the limit is noticed when the lock comes, and then the upgrade is refused all the same."""
    program = "import sys\nlock = sys.modules['__main__'].lock\nlock.acquire()\nlock.release()\n"
    run(
        {"lib": {"1": trees([])["lib"]["1"], "2": {"lib/__init__.py": BEGIN + program}}},
        CHECK
        + """
lock = threading.Lock()
lock.acquire()
install("lib", "2")
refused = []
thread = threading.Thread(target=lambda: refused.append(cut_off(0.2)))
thread.start()
thread.join(1.0)
assert thread.is_alive() and not refused
assert lib.function() == 1  # the program goes on meanwhile
lock.release()
thread.join(20)
assert refused
""",
    )


def test_a_program_that_uses_the_signal_keeps_it(run):
    run(
        trees(["loop"]),
        CHECK
        + """
came = []
signal.signal(signal.SIGURG, lambda *_: came.append(1))
install("lib", "2.loop")
cut_off()
assert not came
""",
    )


def test_by_default_there_is_a_limit_and_none_can_be_asked_for(run):
    run(
        trees(["loop"]),
        CHECK
        + """
import inspect
assert inspect.signature(midflight.upgrade).parameters["limit"].default == 60.0
for wrong in (0, -1, True, "1", float("inf"), float("nan")):
    try:
        midflight.upgrade("lib", limit=wrong)
    except midflight.Error as error:
        assert "limit" in str(error)
    else:
        raise AssertionError(wrong)
install("lib", "2.loop")
plan = midflight.plan("lib", limit=0.2)
assert [reason.code for reason in plan.reasons] == ["staging-timeout"], plan
install("lib", "3")
midflight.upgrade("lib", limit=None)
assert lib.function() == 3
""",
    )
