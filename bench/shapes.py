"""Upgrades of one package each whose program holds much of one kind: closures in closures, keys that hash in Python, tables under
iterators."""

import pathlib
import time

import common


def chain(module, count):
    """Made by the import: nothing is to be done."""


def keys(module, count):
    return {module.Key(i): i for i in range(count)}


def tables(module, count):
    """The program changes what the release changes as well: contents are merged."""
    for table in module.TABLES:
        table["mine"] = 3
    return [iter(table) for table in module.TABLES]


def main(what, count, site, releases, rounds):
    import midflight

    module = __import__(what)
    held = globals()[what](module, count)
    pauses, whole = [], []
    for release in releases[1:] + releases * rounds:  # to and fro
        common.install(pathlib.Path(release), pathlib.Path(site))
        begin = time.thread_time()
        report = midflight.upgrade(what)
        assert report.upgraded
        whole.append(time.thread_time() - begin)
        pauses.append(report.pause)
    common.answer(pause=min(pauses), whole=min(whole), held=len(held or ()))


if __name__ == "__main__":
    main(**common.settings())
