"""The calls that users make. All work is the engine's; here arguments are checked and answers get their shape."""

import sys

from midflight import _engine
from midflight.errors import Error, Reason, UpgradeRefused
from midflight.plans import Plan
from midflight.probation import GRACE, Probation, Trial
from midflight.report import Explanation, ImportLine, PathChange, Pending, Reference, Report, Status

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing these takes longer than all of midflight
    from collections.abc import Iterable
    from types import ModuleType

LIMIT = 60.0  # seconds that the import of a new version may take
_TOLD = (LookupError, ValueError, RuntimeError, OSError)  # how the engine says that something cannot be
HOLD = 0.5  # seconds: no caller waits longer at the gate for one try
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
REHEARSE = 60.0  # seconds: how long a rehearsal may take


def _run(
    names: tuple[str, ...],
    module: str | None,
    wait: float,
    when: str,
    allow: tuple[str, ...] = (),
    state: dict[str, str] | None = None,
    keep: float = 0.0,
    limit: float = LIMIT,
    probation: "Probation | None" = None,
    rehearse: float = 0.0,
) -> Report:
    beyond = probation.seconds + GRACE if probation else 0.0
    try:
        if probation and probation.max_error_rate is not None:
            # can they be counted? Afterwards it would be too late to say no
            _engine.stop_counting(_engine.count_errors(()))
        result, answer = _engine.upgrade(
            names, module, wait, HOLD, when, allow, state or {}, max(keep, beyond), limit, rehearse
        )
        report = _report(result, answer)
        if probation and report.kept:
            report.probation = Trial(probation, answer["roots"], answer["since"], keep)
    except _TOLD as error:
        raise _told(error) from None
    return report


def _told(error: Exception) -> Error:
    """What the engine says, as an Error. What Python code has raised below it (a signal handler of the program) is raised again."""
    if error.__traceback__ and error.__traceback__.tb_next:
        raise error
    return Error(error.args[0] if len(error.args) == 1 else str(error))


def _report(result: str, answer) -> Report:
    if result == "refused":
        cause = [reason.pop("exception", None) for reason in answer][-1]  # what a hook raised
        raise UpgradeRefused(tuple(Reason(**reason) for reason in answer)) from cause
    return Report(answer)


def _seconds(value: object) -> float:
    """A number as a float; NaN when it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return float("nan")
    try:
        return float(value)
    except OverflowError:  # an int beyond all floats
        return float("inf") if value > 0 else float("-inf")


def _check_wait(wait: float) -> float:
    if not 0 <= _seconds(wait) < float("inf"):
        raise Error(f"wait must be a number of seconds, 0 or more, not {_shown(wait)}")
    return float(wait)


def _check_keep(keep: float) -> float:
    if not _seconds(keep) >= 0:
        raise Error(f"keep must be a number of seconds, 0 or more (inf: until confirm()), not {_shown(keep)}")
    return _seconds(keep)


def _check_probation(probation: "float | Probation | None") -> "Probation | None":
    if probation is None or isinstance(probation, Probation):
        return probation
    try:
        return Probation(probation)
    except ValueError as error:
        raise Error(str(error)) from None


def _check_when(when: str) -> str:
    if when not in ("safe", "strict", "now"):
        raise Error(f'when must be "safe", "strict" or "now", not {when!r}')
    return when


def _check_limit(limit: float | None) -> float:
    if limit is None:
        return 0.0
    if not 0 < _seconds(limit) < float("inf"):
        raise Error(f"limit must be a number of seconds above 0, or None for any time, not {_shown(limit)}")
    return float(limit)


def _check_rehearse(rehearse: float) -> float:
    if rehearse is True or rehearse is False:
        return REHEARSE if rehearse else 0.0
    if not 0 <= _seconds(rehearse) < float("inf"):
        raise Error(f"rehearse must be True, False or a number of seconds, not {_shown(rehearse)}")
    return float(rehearse)


def _check_allow(allow: "str | Iterable[str]") -> tuple[str, ...]:
    entries = (allow,) if isinstance(allow, str) or not hasattr(allow, "__iter__") else tuple(allow)
    for entry in entries:
        if not isinstance(entry, str) or not entry:
            raise Error(
                f'allow takes "names", "signatures", "requirements" and symbols such as "lib.gone", not {_shown(entry)}'
            )
    return entries


def _shown(value: object) -> str:
    """repr(), as short as a sentence can take."""
    try:
        text = repr(value)
    except Exception as error:
        return f"a {type(value).__name__} (whose repr() raises {type(error).__name__})"
    return text if len(text) <= 200 else text[:200] + "..."


def _check_names(names: tuple[str, ...]) -> None:
    for name in names:
        if not isinstance(name, str) or not name:
            raise Error(f"the name of a distribution is a non-empty str, not {_shown(name)}")
        if not _NAME.issuperset(name):
            raise Error(
                f"{_shown(name)} is no name of a distribution: those are made of letters, digits, and any of -_."
            )


def _check_state(state: dict[str, str] | None) -> dict[str, str]:
    if state is None:
        return {}
    if not isinstance(state, dict):
        raise Error(f'state must be a dict such as {{"package.NAME": "keep"}}, not {state!r}')
    for path, word in state.items():
        if not isinstance(path, str) or not all(path.split(".")) or "." not in path:
            raise Error(f'a name in state is a path such as "package.NAME", not {path!r}')
        if word not in ("keep", "new", "merge"):
            raise Error(f'state[{path!r}] must be "keep", "new" or "merge", not {word!r}')
    return dict(state)


def upgrade(
    *names: str,
    wait: float = 5.0,
    when: str = "safe",
    allow: "str | Iterable[str]" = (),
    state: dict[str, str] | None = None,
    keep: float = 0.0,
    limit: float | None = LIMIT,
    probation: "float | Probation | None" = None,
    rehearse: float = False,
) -> Report:
    """Take the installed versions of the named distributions into this process, as one transaction.

    Without names: all loaded distributions whose install changed. ``wait`` is how many seconds to look for a moment at which
    no changed function is being executed. ``when``: "safe" (at such a moment, or when the calls that stay active can go
    on in the new version), "strict" (only at such a moment), "now" (at once). Threads that call into the package meanwhile wait at
    a gate, for half a second (HOLD) at a time at most, and then go on, on whichever version it is. ``allow``: what the program's code may lose:
    "names" that the new version removed, "signatures" that no longer take its calls, or single symbols ("lib.gone"); "requirements": versions that do not fit
    together by what they say of each other are taken all the same, as a restart would.

    ``state`` says what becomes of single values, by path ("package.module.NAME", then attributes and keys): "keep" (the object
    that is there now, as it is), "new" (what the new version starts with), "merge" (what both have put there). What is not
    named is decided by midflight; a package may say the same in ``__upgrade_state__`` of a module, and the program's word goes
    before that.

    ``keep`` is for how many seconds the old version is kept in memory, so that rollback() can go back to it, files or no files;
    ``float("inf")``: until confirm(). With 0 nothing is kept and the old version is gone when this returns.

    ``limit``: how many seconds the import of the new version may take (None: any time). After that it is cut off, and the upgrade
    refused, by an exception that is raised in it. Called by the main thread, that ends every wait of Python's own; in other threads
    it ends a loop, time.sleep() and waits for threading's events, conditions and queues, but a lock, a socket or a child process is
    waited for to the end.

    ``probation``: a Probation, which says how the new version proves itself before it is confirmed; ``report.probation`` tells how it
    goes. What does not is rolled back by itself. A number of seconds only keeps the old version for that long.

    ``rehearse``: a fresh interpreter with the executable, flags, environment and path of this one imports the new version first and
    compiles it. What cannot be imported there is never tried here, and what is imported here must have the same names, functions and classes.
    True: for a minute at most (REHEARSE); a number: so many seconds. ``report.rehearsal`` has what was printed.

    Returns a Report. Raises UpgradeRefused (nothing was changed; ``.reasons`` says why), or Error for a name that is not loaded or
    not installed. What is loaded already being what is installed is no error: the report's ``upgraded`` is then empty.
    """
    _check_names(names)
    options = _check_wait(wait), _check_when(when), _check_allow(allow), _check_state(state), _check_keep(keep)
    return _run(
        names, None, *options, _check_limit(limit), _check_probation(probation), rehearse=_check_rehearse(rehearse)
    )


def rollback(
    *names: str,
    wait: float = 5.0,
    when: str = "safe",
    allow: "str | Iterable[str]" = (),
    keep: float = 0.0,
) -> Report:
    """Go back to the version before, while it is kept: what the last ``upgrade(..., keep=seconds)`` replaced.

    With names: to the version before of these distributions. What one call has upgraded goes back together. This is an upgrade like
    any other, at one instant or not at all, with the kept version in the place of a new one: nothing is imported, and no file is read.
    What the program's state has become meanwhile is carried over; what the newer version's import did to the outside is taken
    back. ``wait``, ``when`` and ``allow`` are those of upgrade(); ``keep`` is for how many seconds the newer version is kept: then another
    rollback() goes forward to it again.

    Afterwards status() shows the older version as loaded and the newer one as installed: install the older one before a module
    of it is imported for the first time, or restart. Returns a Report. Raises UpgradeRefused (nothing was changed), or Error when
    nothing is kept.
    """
    _check_names(names)
    options = _check_wait(wait), HOLD, _check_when(when), _check_allow(allow), _check_keep(keep)
    try:
        return _report(*_engine.rollback(names, *options))
    except _TOLD as error:
        raise _told(error) from None


def _rollback_to(since: float) -> Report:
    """Goes back to that kept version and no other. For a probation."""
    try:
        return _report(*_engine.rollback((), 5.0, HOLD, "safe", (), 0.0, since))
    except _TOLD as error:
        raise _told(error) from None


def confirm(*names: str) -> list[str]:
    """Let go of the versions that are kept for rollback() (of the named distributions; without names: of all).

    Returns what is still alive of them and who holds it, as ``Report.old_generation`` does; an empty list when nothing is.
    """
    _check_names(names)
    try:
        return _engine.confirm(names)
    except _TOLD as error:
        raise _told(error) from None


def plan(
    *names: str,
    allow: "str | Iterable[str]" = (),
    state: dict[str, str] | None = None,
    rollback: bool = False,
    limit: float | None = LIMIT,
) -> Plan:
    """What an upgrade of the named distributions (without names: of all that changed) would do, and what stands in its way.

    With ``rollback=True``: what rollback() of these names would do.

    The new versions are staged, matched and tried as upgrade() does, up to the flip, and dropped again: the process stays as it
    is. Every reason is listed, not only the first. ``allow``, ``state`` and ``limit`` are those of upgrade(); rollback() has no
    ``state``. Raises Error as upgrade() does; a refusal is no exception here.
    """
    _check_names(names)
    if rollback and state:
        raise Error("rollback() takes no state: what the program's values are to be is decided when they come back")
    try:
        return Plan(_engine.plan(names, _check_allow(allow), rollback, _check_limit(limit), _check_state(state)))
    except _TOLD as error:
        raise _told(error) from None


def status() -> list[Status]:
    """What is loaded, and what is installed: one Status for each distribution that a loaded module belongs to, sorted by name.

    A distribution is stale when what is installed has other content than what was loaded, also if the version is the same, and
    when it is not installed any more (``installed`` is None then). The disk is read anew each time; nothing is imported or changed.
    Modules that no distribution's RECORD lists (the program's own files) are not in it.
    """
    entries = []
    for name, loaded in sorted(_engine.loaded().items()):
        installed = _engine.installed(name)
        stale = installed is None or installed[2] != loaded["identity"]
        entries.append(Status(name, loaded["version"], installed and installed[1], stale))
    return entries


def changes() -> list[Pending]:
    """What differs between loaded and installed: one Pending for each loaded distribution that was upgraded, downgraded,
    reinstalled with other content, or taken away, sorted by name. Empty: what is loaded is what is installed.

    Never "ready" before the install is whole: RECORD is the final one, all files are there, those that will be loaded have the
    recorded hashes, nothing was changed for 50 ms, installers that can be told by a lock are not at work, and what these distributions
    require, and what is loaded and requires them, fits together. As long as one of several is not ready, none is: one command of
    an installer is one change. The disk is read anew each time; nothing is imported or changed.
    """
    return [Pending(*row) for row in _engine.changes()]


def reload_module(name: str, *, allow: "str | Iterable[str]" = ()) -> "ModuleType":
    """The module of that name, up to date: upgraded if it is imported and changed on disk, imported if it is not.

    For modules of installed distributions (the whole distribution is upgraded) and for modules of the working directory alike (all
    that is loaded below the first part of the name is upgraded). A moment is looked for as by upgrade() with its defaults: up to five
    seconds, and no caller waits at the gate for longer than half a second (HOLD) at a time. ``allow`` is that of upgrade().

    Returns the module, which is another object after an upgrade; what the program holds has moved to it. Raises ImportError, or
    whatever the import raises, when it is not imported yet and cannot be; ModuleNotFoundError too when it is not there any more; UpgradeRefused when it cannot be upgraded (nothing was
    changed; ``.reasons`` says why); Error when ``name`` is no name, or its distribution is not installed any more.
    """
    if not isinstance(name, str) or not name:
        raise Error(f"the name of a module is a non-empty str, not {_shown(name)}")
    if name.startswith("."):
        raise Error(f"reload_module() takes a whole name, not one that is relative: {_shown(name)}")
    allowed = _check_allow(allow)
    if name not in sys.modules:
        return _import_anew(name)
    owner = _engine.owner(name)
    if owner is not None:
        _run((owner[0],), None, 5.0, "safe", allowed)
    else:
        _check_there(name)
        _run((), name, 5.0, "safe", allowed)
    if name not in sys.modules:
        raise ModuleNotFoundError(f"No module named {name!r} in the version that is loaded now", name=name)
    return sys.modules[name]


def _check_there(name: str) -> None:
    """A module of no distribution whose file was removed is not there any more, which is no reason to take it away."""
    import os
    from importlib.machinery import PathFinder

    spec = getattr(sys.modules[name], "__spec__", None)
    if not getattr(spec, "has_location", False) or os.path.exists(spec.origin):
        return
    parent = sys.modules.get(name.rpartition(".")[0])
    if PathFinder.find_spec(name, getattr(parent, "__path__", None)) is None:
        raise ModuleNotFoundError(f"No module named {name!r}: {spec.origin} is gone. What is loaded stays", name=name)


def _import_anew(name: str) -> "ModuleType":
    """Imports a module that is not there yet, from where a fresh interpreter would. sys.path stays as it is if that fails."""
    import importlib

    path, waiting = _engine.merged_path()
    before, after = sys.path, sys.path if waiting else path
    sys.path = after  # bound, not edited: other threads may be going through the list
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
    except BaseException:
        if sys.path is after:
            sys.path = before
        raise
    if not waiting:
        _engine.refresh_path()
    return module


def _run_import_line(sitedir, name, fullname, known_paths, line):
    """As site's addpackage runs it: such lines look for these names in the frame that runs them."""
    exec(line)


def refresh_path(*, run_imports: bool = False) -> PathChange:
    """Bring sys.path up to what the site directories say now, and tell what changed.

    What the program put into sys.path, took out of it or moved stays as it is. Entries that .pth files no longer give (an egg that
    was replaced) go, new ones stand where a fresh interpreter has them. sys.path is bound to another list, and only if something
    changes; other threads may import meanwhile. upgrade() and reload_module() do the same, together with the flip.

    Import lines of .pth files that appeared since the program started are named in the result, in ``import_lines``. They are code, so
    they are run only with ``run_imports=True``, each once; one that raises ends its file, as it does for site, and the exception
    is raised when all files are done.

    Returns a PathChange. When a .pth file is being written at this moment, ``waiting`` names it, and nothing was changed.
    """
    try:
        added, removed, kept, waiting, lines = _engine.refresh_path()
    except _TOLD as error:
        raise _told(error) from None
    failed, failure = set(), None
    for line in lines if run_imports and not waiting else ():
        file, _, text, sitedir, name = line
        _engine.note_line(line)
        if file not in failed:
            try:
                _run_import_line(sitedir, name, file, set(sys.path), text)
            except Exception as error:
                failed.add(file)
                failure = failure or error
    if failure is not None:
        raise failure
    lines = tuple(ImportLine(file, number, text) for file, number, text, _, _ in lines)
    return PathChange(tuple(added), tuple(removed), tuple(kept), tuple(waiting), lines)


def explain(obj: object) -> Explanation:
    """Every reference to an object, by holder and path, and how many nothing explains."""
    ((references, left_over),) = _engine.explain((obj,))
    return Explanation([Reference(*reference) for reference in references], left_over)
