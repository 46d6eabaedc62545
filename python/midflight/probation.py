"""For a while after an upgrade the new version is on probation: what is unhealthy is rolled back by itself.

Runs on a thread of its own, and only if it was asked for.
"""

import os
import sys
import time

from midflight import _engine

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing these takes longer than all of midflight
    from collections.abc import Callable

    from midflight.report import Report

GRACE = 60.0  # seconds for which the old version is kept beyond the probation, for a rollback that has to wait for its moment


_running: "list[Trial]" = []  # those of this process


def _after_fork():
    """In the child, where there are no such threads."""
    for trial in _running[:]:
        trial._forked()
    _running.clear()


os.register_at_fork(after_in_child=_after_fork)


def _number(value, what, *, least=0.0):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= sys.float_info.max:
        raise ValueError(f"{what} must be a number, {least:g} or more, not {value!r}")
    return float(value)


class Probation:
    """How a new version proves itself: ``upgrade(..., probation=Probation(60, health=check))``.

    For ``seconds`` after the flip, and at their end, it is asked each ``every`` seconds whether the new version is healthy. It is not when
    ``health()`` raises or returns False (nothing else counts), or when more than ``max_error_rate`` exceptions a second have left
    the package's functions for callers outside of it (since it was last asked). Then the upgrade is rolled back.
    ``on_end(trial)`` is called at the end, however it ended. Both callables run on the probation's thread.

    Exceptions are counted by sys.monitoring; in CPython 3.11, which has none, calls between Python functions are slower meanwhile.
    """

    def __init__(
        self,
        seconds: float,
        health: "Callable[[], object] | None" = None,
        *,
        every: float = 1.0,
        max_error_rate: float | None = None,
        on_end: "Callable[[Trial], object] | None" = None,
    ):
        self.seconds = _number(seconds, "probation")
        self.every = _number(every, "every", least=0.001)
        self.max_error_rate = None if max_error_rate is None else _number(max_error_rate, "max_error_rate")
        for name, function in (("health", health), ("on_end", on_end)):
            if function is not None and not callable(function):
                raise ValueError(f"{name} must be callable, not {function!r}")
        self.health, self.on_end = health, on_end

    def __repr__(self) -> str:
        return f"Probation({self.seconds:g}, health={self.health!r}, every={self.every:g}, max_error_rate={self.max_error_rate})"


class Trial:
    """A probation that has begun: ``report.probation``.

    ``state`` is "running"; "confirmed" (it proved itself); "rolled back" (``rollback`` is the Report of that); "unhealthy" (it is to be
    rolled back, and the moment for that has not come); "failed" (it could not be, or the probation could not begin, and the new
    version stays); or "ended" (another upgrade, a rollback() or confirm() came first, or this is a forked child: its parent
    goes on). ``reason`` is a sentence that says why, or None.
    """

    def __init__(self, probation: Probation, roots: list[str], mark: float, keep: float):
        """mark: what the engine knows the kept version by; keep: the seconds for which the program wants it kept."""
        import threading

        self.state = "running"
        self.reason: str | None = None
        self.rollback: Report | None = None
        self._probation, self._mark, self._keep = probation, mark, keep
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._count = None
        _running.append(self)
        try:  # the upgrade is made: what fails now is told, and changes nothing about that
            if probation.max_error_rate is not None:
                self._count = _engine.count_errors(roots)
            threading.Thread(target=self._run, name="midflight-probation", daemon=True).start()
        except (RuntimeError, MemoryError) as error:
            self.state, self.reason = "failed", f"the probation cannot begin: {error}"
            self._end()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until it is over, at most that many seconds. Is it?"""
        return self._ended.wait(timeout)

    def __repr__(self) -> str:
        return f"<probation {self.state}{': ' + self.reason if self.reason else ''}>"

    def _is_kept(self) -> bool:
        return any(mark == self._mark for _, _, mark in _engine.former())

    def _run(self):
        try:
            self._watch()
        except BaseException as error:  # a thread has nobody else to tell
            self.state, self.reason = "failed", f"the probation itself raised {type(error).__name__}: {error}"
        finally:
            self._end()

    def _forked(self):
        import threading

        self._ended = threading.Event()  # the parent's may have been in use
        self.state, self.reason = "ended", "this process was forked; the probation goes on in its parent"
        if self._count is not None:
            _engine.stop_counting(self._count)
        self._ended.set()

    def _end(self):
        if self in _running:
            _running.remove(self)
        try:
            if self._count is not None:
                _engine.stop_counting(self._count)
            self._tell()
        finally:
            self._ended.set()  # whatever a handler of the log raises

    def _watch(self):
        end = self._began + self._probation.seconds
        seen, looked = 0, self._began
        while True:
            time.sleep(max(0.0, min(self._probation.every, end - time.monotonic())))
            if not self._is_kept():
                self.state, self.reason = "ended", "another upgrade, a rollback or confirm() came first"
                return
            errors = self._count[0] - seen if self._count is not None else 0
            seen += errors
            now = time.monotonic()
            self.reason = self._complaint(errors, max(now - looked, self._probation.every))
            looked = now
            if self.reason:
                self._go_back()
                return
            if time.monotonic() >= end:
                self.state = "confirmed"
                if self._keep <= self._probation.seconds:
                    self._let_go()
                return

    def _let_go(self):
        try:
            _engine.confirm_one(self._mark)
        except LookupError:
            pass  # somebody has, while the health check ran
        except RuntimeError:
            pass  # an upgrade is under way; it takes the place of what is kept, or that goes when its time (GRACE) is over

    def _complaint(self, errors: int, seconds: float) -> str | None:
        """seconds: in which they were counted; a health check that takes long makes them more than ``every``."""
        most = self._probation.max_error_rate
        if most is not None and errors > most * seconds:
            return f"{errors} exceptions left the package's functions in {seconds:.3g} s, more than {most:g} a second"
        if self._probation.health is None:
            return None
        try:
            healthy = self._probation.health()
        except BaseException as error:
            return f"the health check raised {type(error).__name__}: {error}"
        return "the health check returned False" if healthy is False else None

    def _go_back(self):
        from midflight._api import _rollback_to
        from midflight.errors import Error

        self.state = "unhealthy"
        complaint = self.reason
        while self.state == "unhealthy":
            try:
                self.rollback = _rollback_to(self._mark)
                self.state = "rolled back"
            except Error as error:
                self.reason = f"{complaint}; the way back is not free: {error}"
                if not self._is_kept():
                    kept_until = self._began + max(self._keep, self._probation.seconds + GRACE)
                    over = time.monotonic() >= kept_until - 1.0  # else somebody was faster: rollback(), confirm()
                    self.state = "failed" if over else "ended"
                else:
                    time.sleep(self._probation.every)
        if self.state == "rolled back":
            self.reason = complaint

    def _tell(self):
        if self.state in ("rolled back", "failed"):
            import logging

            logging.getLogger("midflight").warning("probation: %s: %s", self.state, self.reason)
        if self._probation.on_end is not None:
            try:
                self._probation.on_end(self)
            except BaseException:
                sys.excepthook(*sys.exc_info())
