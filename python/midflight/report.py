"""What midflight tells: plain data with a readable str()."""

from midflight._record import Record


class Change(Record):
    """One distribution that was upgraded (three str). For modules that no distribution owns both versions are ""."""

    __slots__ = ()
    _fields = ("name", "old_version", "new_version")


class Status(Record):
    """One distribution of which modules are loaded: its name, the version loaded, the version installed (None when it is not
    installed any more), and whether what is installed has other content."""

    __slots__ = ()
    _fields = ("name", "loaded", "installed", "stale")


class Pending(Record):
    """A loaded distribution whose install is another one than was loaded: its name, the version loaded, the version installed (None:
    none any more), the ``state``, and the ``cause``, a sentence ("" when there is nothing to say).

    "ready": it may be taken. "waiting": an installer is at work, or what it requires is not there yet. "broken": it is not whole, and
    nobody has been at work for half a minute."""

    __slots__ = ()
    _fields = ("name", "loaded", "installed", "state", "cause")


class ImportLine(Record):
    """A line of a .pth file that is code: the file, the line's number, and its text."""

    __slots__ = ()
    _fields = ("file", "line", "text")


class PathChange(Record):
    """What refresh_path() changed: tuples of entries of sys.path that it ``added`` and ``removed``, and of all that were ``kept``.
    ``waiting``: .pth files that are being written (then nothing was changed). ``import_lines``: lines of .pth files that are code and
    were not there when the program started (ImportLine); run only if that was asked for."""

    __slots__ = ()
    _fields = ("added", "removed", "kept", "waiting", "import_lines")


class Reference(Record):
    """One holder of an object: its type's name, where it is (both str), and how many references it has."""

    __slots__ = ()
    _fields = ("holder_type", "path", "count")


class Explanation(Record):
    """Every reference to an object that was found (a list of Reference); ``left_over`` counts those that nothing explains
    (native code)."""

    __slots__ = ()
    _fields = ("references", "left_over")


class Conflict(Record):
    """A value that the program and the new version had both changed. The program's way was kept; ``kept`` is a sentence that says
    what that is. ``module`` and ``symbol`` say where it is (both str; module may be None)."""

    __slots__ = ()
    _fields = ("module", "symbol", "kept")

    def __str__(self) -> str:
        return f"{self.module}.{self.symbol}: {self.kept}" if self.module else f"{self.symbol}: {self.kept}"


class Rehearsal(Record):
    """A fresh interpreter imported the new version first: how many ``seconds`` it took, how many ``modules`` there were, and the last
    64 KB of what was printed there (``output``)."""

    __slots__ = ()
    _fields = ("seconds", "modules", "output")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


class Report:
    """What an upgrade did. Times are seconds; counts are of the objects that moved.

    ``old_frames`` lists calls of old code that were active at the flip; ``old_generation`` what of the old version is still
    alive and who holds it (empty: it is gone). ``conflicts`` lists values that the program and the new version had both changed:
    the program's stayed. ``notes`` are sentences that a reader should see: an install that differs from its
    RECORD, something that could not be done after the flip. ``parked`` counts calls that waited at the gate, ``tries`` how often it
    was closed; ``retired`` is the time that dropping the old version took, ``subclasses`` the classes outside that got new bases.
    ``kept`` is for how many seconds the old version is kept for rollback() (0.0: it is not); ``old_generation`` is empty then, and
    confirm() tells. ``probation`` is the Trial that the new version is on, or None.
    """

    def __init__(self, data):
        """data: what the engine says of the upgrade, a dict."""
        self.upgraded = [Change(*change) for change in data["changes"] or []]
        self.rehearsal = Rehearsal(*data["rehearsal"]) if data["rehearsal"] else None
        self.conflicts = [Conflict(*conflict) for conflict in data["conflicts"] or []]
        for name in ("modules", "functions", "classes", "instances", "references", "subclasses", "parked", "tries"):
            setattr(self, name, data[name])
        for name in ("staged", "drained", "pause", "retired", "kept"):
            setattr(self, name, data[name])
        self.probation = None
        for name in ("old_frames", "old_generation", "notes"):
            setattr(self, name, data[name] or [])

    def to_dict(self) -> dict:
        """The report as plain data, ready for json."""
        return {
            **vars(self),
            "probation": self.probation and self.probation.state,
            "rehearsal": self.rehearsal and self.rehearsal._asdict(),
            "upgraded": [change._asdict() for change in self.upgraded],
            "conflicts": [conflict._asdict() for conflict in self.conflicts],
        }

    def __str__(self) -> str:
        if not self.upgraded:
            return "nothing to upgrade: what is loaded is what is installed"
        names = ", ".join(f"{name} {old} -> {new}" if new else f"{name} reloaded" for name, old, new in self.upgraded)
        gone = "old generation gone" if not self.old_generation else f"still alive: {len(self.old_generation)}"
        if self.kept:
            gone = f"old generation kept for {self.kept:g} s" if self.kept < float("inf") else "old generation kept"
        text = (
            f"{names}: {self.modules} modules, {self.functions} functions, {self.classes} classes, "
            f"{self.instances} instances, {self.references} references moved; drained in {_ms(self.drained)}, "
            f"pause {_ms(self.pause)}, staged in {_ms(self.staged)}; frames on old code: {len(self.old_frames)}; {gone}"
        )
        lines = "".join(f"\n  - {conflict}" for conflict in self.conflicts)
        return f"{text}; the program's way was kept for {len(self.conflicts)}:{lines}" if lines else text
