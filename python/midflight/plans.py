"""What an upgrade would do: the answer of plan(), as data and as a table for people."""

from midflight._record import Record
from midflight.errors import Reason
from midflight.report import Conflict

LIVE, HOOK, RESTART = "live", "live with hook", "restart"
SHOWN = 8  # names of one kind that the table shows; the rest is counted


class Planned(Record):
    """One distribution: its name, the version loaded and the one installed (three str), the verdict ("live", "live with hook" or
    "restart"), and the reasons for it (a list of Reason)."""

    __slots__ = ()
    _fields = ("name", "loaded", "installed", "verdict", "reasons")


class Definitions(Record):
    """Functions or classes: four lists of full names, such as "lib.sub.C.method"."""

    __slots__ = ()
    _fields = ("changed", "unchanged", "added", "removed")


class Layout(Record):
    """A class that has live instances, or whose instances are laid out anew. ``instances`` counts those alive; ``change`` is a sentence
    that says how the layout differs, or None."""

    __slots__ = ()
    _fields = ("module", "symbol", "instances", "change")


class Use(Record):
    """Code outside the upgrade that would break. ``code`` is "name-removed" or "signature-changed"; ``module`` and ``symbol`` say what
    is used (symbol None: a module that is gone); ``user``, ``function``, ``file`` and ``line`` say where."""

    __slots__ = ()
    _fields = ("code", "module", "symbol", "cause", "user", "function", "file", "line")


class Executing(Record):
    """A call of a changed function that is under way. ``fits``: it can go on in the new version; if not, ``cause`` says why, and
    upgrade() waits for its end."""

    __slots__ = ()
    _fields = ("thread", "function", "file", "line", "fits", "cause")


class Hook(Record):
    """A class with live instances whose ``__upgrade__`` an upgrade would call. ``distribution`` is None for a class of the program."""

    __slots__ = ()
    _fields = ("distribution", "module", "symbol")


class Native(Record):
    """An object of the package to which native code keeps references that nobody can move."""

    __slots__ = ()
    _fields = ("module", "symbol", "type", "references")


def _verdict(reasons, hooks):
    """A reason whose remedy is a hook says so; while there is another one, no hook helps."""
    if not reasons:
        return HOOK if hooks else LIVE
    hooks = ("__upgrade__", "while_staging")
    return HOOK if all(any(hook in reason.action for hook in hooks) for reason in reasons) else RESTART


def _lines(title, entries):
    """The lines of one kind; none when there is nothing."""
    shown = [f"    {entry}" for entry in entries[:SHOWN]]
    if len(entries) > SHOWN:
        shown.append(f"    and {len(entries) - SHOWN} more")
    return [f"  {title} ({len(entries)})", *shown] if entries else []


def _plural(number, word):
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


class Plan:
    """What an upgrade would do. Nothing of it was done.

    ``verdict`` is the answer for all of it, as it is one transaction: "live", "live with hook" (an ``__upgrade__`` of the package or the
    program says how instances are carried over; with ``reasons`` it is yet to be written) or "restart". ``distributions`` has it for each, with its ``reasons``; ``reasons`` are those of
    all. ``complete`` is False when the new version could not even be staged: then nothing but the reasons is known.

    ``functions`` and ``classes`` are Definitions; ``modules_added`` and ``modules_removed`` lists of names. ``layouts``, ``conflicts``,
    ``uses``, ``executing``, ``hooks`` and ``native`` are lists of Layout, Conflict, Use, Executing, Hook and Native. What is in ``executing`` now is no reason: upgrade()
    waits for it. ``notes`` are sentences that a reader should see, ``staged`` the seconds that the import took.
    """

    def __init__(self, data):
        """data: what the engine found, a dict."""
        self.reasons = list(dict.fromkeys(Reason(**reason) for reason in data["reasons"]))
        self.hooks = [Hook(*entry) for entry in data.get("hooks", [])]
        self.verdict = _verdict(self.reasons, self.hooks)
        self.complete = data.get("whole", False) or not self.reasons
        self.distributions = [self._planned(*change) for change in data.get("changes") or []]
        self.functions = Definitions(**data.get("functions", dict.fromkeys(Definitions._fields, [])))
        self.classes = Definitions(**data.get("classes", dict.fromkeys(Definitions._fields, [])))
        modules = data.get("modules", {"added": [], "removed": []})
        self.modules_added, self.modules_removed = modules["added"], modules["removed"]
        self.layouts = [Layout(*entry) for entry in data.get("layouts", [])]
        self.conflicts = [Conflict(*entry) for entry in data.get("conflicts", [])]
        self.uses = [Use(**entry) for entry in data.get("uses", [])]
        self.executing = [Executing(*entry) for entry in data.get("frames", [])]
        self.native = [Native(*entry) for entry in data.get("native", [])]
        self.notes = data.get("notes", [])
        self.staged = data.get("staged", 0.0)

    def _planned(self, name, loaded, installed):
        own = [reason for reason in self.reasons if reason.distribution in (name, None)]
        hooks = [hook for hook in self.hooks if hook.distribution in (name, None)]
        return Planned(name, loaded, installed, _verdict(own, hooks), own)

    def to_dict(self) -> dict:
        """The plan as plain data, ready for json."""
        data = {name: _plain(value) for name, value in vars(self).items()}
        for planned in data["distributions"]:
            planned["reasons"] = _plain(planned["reasons"])
        return data

    def _definitions(self):
        for title, kind in (("functions", self.functions), ("classes", self.classes)):
            counts = ", ".join(f"{len(getattr(kind, field))} {field}" for field in Definitions._fields)
            yield f"  {title}: {counts}"
            for field in ("changed", "added", "removed"):
                yield from _lines(f"{title} {field}", getattr(kind, field))

    def _details(self):
        yield from self._definitions()
        yield from _lines("modules added", self.modules_added)
        yield from _lines("modules removed", self.modules_removed)
        alive = sum(layout.instances for layout in self.layouts)
        counted = sum(1 for layout in self.layouts if layout.instances)
        yield f"  instances alive: {alive} of {_plural(counted, 'class').replace('classs', 'classes')}"
        changed = [layout for layout in self.layouts if layout.change]
        yield from _lines(
            "layouts changed",
            [
                f"{entry.module}.{entry.symbol}, {_plural(entry.instances, 'instance')}: {entry.change}"
                for entry in changed
            ],
        )
        yield from _lines("changed by both sides, the program's way is kept", self.conflicts)
        yield from _lines("__upgrade__ would be called", [".".join(filter(None, hook[1:])) for hook in self.hooks])
        for code, title in (
            ("name-removed", "uses of removed names"),
            ("signature-changed", "calls that no longer bind"),
        ):
            uses = [use for use in self.uses if use.code == code]
            yield from _lines(
                title,
                [
                    f"{use.file}:{use.line} {use.user}.{use.function}: {'.'.join(filter(None, use[1:3]))}"
                    for use in uses
                ],
            )
        yield from _lines(
            "executing now",
            [
                f"{entry.thread}: {entry.function} ({entry.file}:{entry.line})"
                + (" can go on in the new version" if entry.fits else f": {entry.cause}")
                for entry in self.executing
            ],
        )
        yield from _lines(
            "held by native code",
            [
                f"{'.'.join(filter(None, entry[:2]))} (a {entry.type}): {_plural(entry.references, 'reference')}"
                for entry in self.native
            ],
        )

    def __str__(self) -> str:
        if not self.distributions and not self.reasons:
            return "nothing to upgrade: what is loaded is what is installed"
        lines = [f"{entry.name} {entry.loaded} -> {entry.installed}: {entry.verdict}" for entry in self.distributions]
        lines = lines or [f"upgrade: {self.verdict}"]
        lines += [f"  - {reason}" for reason in self.reasons]
        if self.complete:
            lines += self._details()
        else:
            lines.append("  the rest is not known: the new version could not be staged")
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])


def _plain(value):
    """Named tuples as dicts, lists of them as lists of dicts."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return value._asdict()
    return [_plain(item) for item in value] if isinstance(value, list) else value
