"""The ways to new code: one of them, in a process that has requests loaded (or not, for a fresh import)."""

import importlib
import pathlib
import sys

import common


def reload_all():
    """importlib.reload of every module of the package, parts before the whole."""
    names = [name for name in sys.modules if name == "requests" or name.startswith("requests.")]
    for name in sorted(names, key=lambda name: -name.count(".")):
        if getattr(sys.modules[name], "__spec__", None) and sys.modules[name].__spec__.name == name:
            importlib.reload(sys.modules[name])


def autoreload():
    """IPython's autoreload: the look that finds the changed files, and what it does with them."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.extensions.autoreload import ModuleReloader

    try:
        reloader = ModuleReloader(shell=InteractiveShell.instance())
    except TypeError:
        reloader = ModuleReloader()
    reloader.enabled = reloader.check_all = True
    reloader.check(check_all=True)
    return lambda: reloader.check(check_all=True)


def main(way, site, release, new):
    if way == "fresh":
        seconds = common.clock(importlib.import_module, "requests")
        common.answer(seconds=seconds, version=sys.modules["requests"].__version__)
    if way == "midflight":
        import midflight
    import requests

    if way == "own":
        for name in [name for name in sys.modules if name.split(".")[0] == "requests"]:
            del sys.modules[name]
        common.answer(seconds=common.clock(importlib.import_module, "requests"), version=new)
    check = autoreload() if way == "autoreload" else None
    common.install(pathlib.Path(release), pathlib.Path(site))
    importlib.invalidate_caches()
    report = None
    with common.Watch() as watch:
        if way == "midflight":
            begin = common.time.perf_counter()
            report = midflight.upgrade("requests").to_dict()
            seconds = common.time.perf_counter() - begin
        else:
            seconds = common.clock(check or reload_all)
    version = requests.__version__
    common.answer(seconds=seconds, gap=watch.longest, whole=version == new, version=version, report=report)


if __name__ == "__main__":
    main(**common.settings())
