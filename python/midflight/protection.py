"""protect(): old code goes on with old files, whether midflight upgrades the process or not."""

from midflight import _engine
from midflight._record import Record


class Protection(Record):
    """What is kept for this process: the directory (None: nothing is), ``kept`` and ``failed``: lists of (distribution, version, why not)."""

    __slots__ = ()
    _fields = ("directory", "kept", "failed")


def read_kept_source(linecache):
    """Source lines of a file that an installer has replaced come from the kept one; all else is as it was."""
    original = linecache.updatecache

    def updatecache(filename, module_globals=None):
        kept = _engine.kept_path(filename)
        if kept is None:
            return original(filename, module_globals)
        lines = original(kept)
        entry = linecache.cache.pop(kept, None)
        if entry is not None:
            _, time, text, _ = entry
            linecache.cache[filename] = (-1, time, text, filename)  # no file's size: asked anew whose lines are meant
        return lines

    if getattr(original, "__module__", None) != __name__:
        linecache.updatecache = updatecache


def protect(wait: float = 10.0) -> Protection:
    """Keep what this process has loaded in one version, from now on, until an upgrade takes another.

    Importing midflight alone keeps the files of loaded distributions, and what old code imports late comes from them. This call waits
    until they are kept (``wait`` seconds at most), and adds what needs a thread, which sleeps until an installer touches
    something: the loaded modules of a replaced distribution then say that they lie in the kept files (``__file__``, ``__path__``,
    ``__spec__``), so that data that they read beside themselves, importlib.resources and inspect.getsource are of the version that is
    loaded; lines in tracebacks are as well.

    Returns a Protection. May be called again. Settings are in the environment: MIDFLIGHT_VAULT, MIDFLIGHT_VAULT_BYTES,
    MIDFLIGHT_VAULT_AGE.
    """
    from midflight.errors import Error

    if isinstance(wait, bool) or not isinstance(wait, (int, float)) or not 0 <= wait < float("inf"):
        raise Error(f"wait must be a number of seconds, 0 or more, not {wait!r}")
    import linecache

    state = _engine.kept(float(wait))
    _engine.watch()
    read_kept_source(linecache)
    rows = [(name, version, word, cause) for name, version, word, cause in state["kept"]]
    kept = [(name, version, "") for name, version, word, _ in rows if word == "kept"]
    failed = [
        (name, version, cause or "its files are not kept yet") for name, version, word, cause in rows if word != "kept"
    ]
    return Protection(state["dir"], sorted(kept), sorted(failed))
