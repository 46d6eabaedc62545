import io
import os
import tempfile

from distlib import DistlibException, database, manifest, markers, metadata, resources, scripts, util, version

METADATA = {"metadata_version": "2.0", "name": "sample", "version": "1.0", "summary": "A sample"}


class Cache(util.Cache):
    """A cache of the program."""

    def prefix_to_dir(self, prefix, *args):
        return super().prefix_to_dir("own-" + prefix)


class Log(util.EventMixin):
    pass


def hold():
    scheme = version.get_scheme("normalized")
    matcher = scheme.matcher("sample (>= 1.0, < 2.0)")
    assert matcher.match("1.5") and not matcher.match("2.1")
    work = tempfile.mkdtemp()
    log, seen = Log(), []
    log.add("made", lambda event, *args: seen.append((event, args)))
    path = database.DistributionPath([work])
    return (
        scheme,
        matcher,
        {version.NormalizedVersion("1.0"): "one"},
        metadata.Metadata(mapping=METADATA),
        log,
        seen,
        path,
        Cache(work),
        manifest.Manifest(work),
    )


def use(held):
    scheme, matcher, table, data, log, seen, path, cache, listed = held
    assert isinstance(matcher, version.Matcher) and matcher.match("1.9") and scheme is version.get_scheme("normalized")
    assert table[version.NormalizedVersion("1.0")] == "one" and version.NormalizedVersion("1.10") > next(iter(table))
    assert type(data) is metadata.Metadata and data.name == "sample" and data.provides == ["sample (1.0)"]
    log.publish("made", 1)
    assert seen == [("made", (1,))] and list(path.get_distributions()) == [] and path.get_distribution("sample") is None
    assert "own-a" in cache.prefix_to_dir("a/b") and type(path) is database.DistributionPath
    with open(os.path.join(listed.base, "x.txt"), "w") as file:
        file.write("x")
    listed.findall()
    listed.process_directive("include *.txt")
    assert [os.path.basename(name) for name in listed.sorted()] == ["x.txt"]
    assert markers.interpret("python_version >= '3.0'") and util.parse_requirement("a[b] >= 1").extras == ["b"]
    assert (
        resources.finder("distlib").find("version.py").is_container is False
        and scripts.ScriptMaker(None, listed.base).clobber is False
    )
    mapping = util.CSVReader(stream=io.BytesIO(b"a,b\n"))
    assert list(mapping) == [["a", "b"]] and util.get_export_entry("x = a.b:c [d]").flags == ["d"]
    try:
        manifest.Manifest(listed.base).process_directive("never *")
    except DistlibException:
        return
    raise AssertionError("no error")
