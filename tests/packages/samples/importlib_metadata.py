import email.message

import importlib_metadata as md


class Finder(md.DistributionFinder):
    """A finder of the program: distributions that are nowhere on disk."""

    def find_distributions(self, context=None):
        return [Mine()] if context is None or context.name in (None, "mine") else []

    def find_spec(self, *args, **kwargs):
        return None


class Mine(md.Distribution):
    def read_text(self, filename):
        return "Name: mine\nVersion: 7\n" if filename in ("METADATA", "PKG-INFO") else None

    def locate_file(self, path):
        return path


def hold():
    points = md.EntryPoints([md.EntryPoint("n", "json:loads", "g"), md.EntryPoint("m", "json:dumps", "h")])
    assert [point.name for point in points.select(group="g")] == ["n"]
    own = md.distribution("importlib-metadata")
    return (
        points,
        own,
        Mine(),
        {md.EntryPoint("n", "json:loads", "g"): 1},
        md.PackageNotFoundError,
        list(own.files or ()),
    )


def use(held):
    points, own, mine, table, error, files = held
    assert (
        points["n"].load()("1") == 1
        and table[md.EntryPoint("n", "json:loads", "g")] == 1
        and points.groups == {"g", "h"}
    )
    assert (
        md.metadata("importlib-metadata")["Name"].replace("_", "-") == "importlib-metadata"
        and mine.version == "7"
        and mine.name == "mine"
    )
    assert isinstance(mine.metadata, email.message.Message) and isinstance(own, md.Distribution)
    assert any(str(file).endswith("__init__.py") for file in files) and md.version("importlib-metadata")
    try:
        md.version("no-such-distribution")
    except error:
        pass
    else:
        raise AssertionError("no error")
