"""Runs a test in a forked child: what it does to the heap stays there, and a crash fails that test alone."""

import functools
import gc
import os
import select
import signal
import time
import traceback
import warnings

import pytest

LIMIT = float(os.environ.get("MIDFLIGHT_TEST_TIMEOUT", "60")) * 2


def isolated(test):
    """The test in a child of this process. Before it begins, all objects are frozen: gc.get_objects() then has its own only."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        read, write = os.pipe()
        with warnings.catch_warnings():  # the thread that pytest's time limit has is none of Python's
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            os.close(read)
            _child(test, args, kwargs, write)
        os.close(write)
        answer, hung = _listen(read, pid)
        os.close(read)
        _, status = os.waitpid(pid, 0)
        kind, _, text = answer.partition(b"\n")
        if hung:
            pytest.fail(f"no end after {LIMIT:.0f} s", pytrace=False)
        if status or kind not in (b"passed", b"skipped"):
            code = os.waitstatus_to_exitcode(status)
            pytest.fail(text.decode(errors="replace") or f"the child ended with status {code}", pytrace=False)
        if kind == b"skipped":
            pytest.skip(text.decode())

    return run


def _child(test, args, kwargs, write):
    answer = "passed\n"
    try:
        gc.freeze()
        test(*args, **kwargs)
    except pytest.skip.Exception as skipped:
        answer = f"skipped\n{skipped}"
    except BaseException:
        answer = f"failed\n{traceback.format_exc()}"
    finally:
        data = answer.encode(errors="replace")
        while data:
            data = data[os.write(write, data) :]
        os._exit(0)


def _listen(read, pid):
    """What the child wrote, and whether it had to be killed."""
    answer = b""
    deadline = time.monotonic() + LIMIT
    while select.select([read], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(read, 65536)
        if not piece:
            return answer, False
        answer += piece
    os.kill(pid, signal.SIGKILL)
    return answer, True
