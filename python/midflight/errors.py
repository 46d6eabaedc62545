"""What can go wrong, as exceptions that carry data."""

from midflight._record import Record


class Reason(Record):
    """Why an upgrade is not made: one cause at one place.

    ``code`` is short and stable: refusals are counted by it. ``distribution``, ``module`` and ``symbol`` are None where
    they do not apply. ``cause`` and ``action`` are sentences: what is in the way, and what to do about it.
    """

    __slots__ = ()
    _fields = ("code", "distribution", "module", "symbol", "cause", "action")

    def __str__(self) -> str:
        place = ".".join(part for part in (self.module, self.symbol) if part)
        return f"{place or self.distribution or 'process'}: {self.cause} [{self.code}]; {self.action}"


class Error(Exception):
    """midflight cannot do what was asked: a name is wrong, a distribution is not loaded or not installed."""


class UpgradeRefused(Error):
    """The upgrade is not made, and the process is as it was before. ``reasons`` is a tuple of Reason."""

    reasons: tuple[Reason, ...]

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        self.reasons = tuple(reasons)
        lines = "\n".join(f"  - {reason}" for reason in self.reasons)
        count = "1 reason" if len(self.reasons) == 1 else f"{len(self.reasons)} reasons"
        super().__init__(f"the upgrade is refused for {count}; nothing was changed\n{lines}")

    def __reduce__(self):
        return (type(self), (self.reasons,))
