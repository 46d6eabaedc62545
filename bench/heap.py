"""One upgrade of requests in a heap of many objects of mixed kinds; beside it one gc.collect() and one gc.get_referrers()."""

import gc
import pathlib

import common


class Plain:
    def __init__(self, number):
        self.number, self.name = number, f"name {number}"


class Slotted:
    __slots__ = ("number", "name")

    def __init__(self, number):
        self.number, self.name = number, f"name {number}"


def build(count):
    """`count` objects, a seventh of each kind: dicts, lists, tuples, instances, slotted instances, sets, strings."""
    units = []
    for number in range(count // 7):
        plain, slotted, text = Plain(number), Slotted(number), f"text {number}"
        units.append(({"plain": plain, number: text}, [slotted, text, number], {text, number}))
    return units


def main(objects, site, releases, rounds):
    heap = build(objects)
    import midflight
    import requests

    session = requests.Session()
    gc.collect()
    collect = common.best(5, gc.collect)
    referrers = common.best(5, gc.get_referrers, requests.Session)
    explain = common.best(5, midflight.explain, requests.get)
    tracked = len(gc.get_objects())
    reports, gaps = [], []
    for turn in range(rounds):  # to and fro
        common.install(pathlib.Path(releases[(turn + 1) % 2]), pathlib.Path(site))
        with common.Watch() as watch:
            reports.append(midflight.upgrade("requests").to_dict())
        gaps.append(watch.longest)
        assert reports[-1]["upgraded"] and type(session) is requests.Session and len(heap) == objects // 7
    common.answer(
        objects=objects,
        tracked=tracked,
        collect=collect,
        referrers=referrers,
        explain=explain,
        gaps=gaps,
        reports=reports,
        rss=common.memory(),
    )


if __name__ == "__main__":
    main(**common.settings())
