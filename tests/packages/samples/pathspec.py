import pathspec
import pathspec.patterns.gitwildmatch
import pathspec.util


class Exact(pathspec.Pattern):
    """A pattern of the program, registered under a name."""

    def __init__(self, pattern, include=True):
        super().__init__(include)
        self.pattern = pattern

    def match_file(self, file):
        return file if file == self.pattern else None


def hold():
    pathspec.util.register_pattern("mf-exact", Exact, override=True)
    spec = pathspec.PathSpec.from_lines("gitwildmatch", ["*.py", "!keep.py", "build/"])
    assert spec.match_file("a.py") and not spec.match_file("keep.py")
    return (
        spec,
        pathspec.GitIgnoreSpec.from_lines(["*.o"]),
        pathspec.PathSpec.from_lines("mf-exact", ["x"]),
        pathspec.patterns.gitwildmatch.GitWildMatchPattern("a*"),
    )


def use(held):
    spec, ignore, exact, pattern = held
    assert list(spec.match_files(["a.py", "keep.py", "build/x", "c"])) == ["a.py", "build/x"]
    assert ignore.match_file("d/e.o") and exact.match_file("x") and not exact.match_file("y")
    assert pattern.match_file("ab") and spec == pathspec.PathSpec.from_lines(
        "gitwildmatch", ["*.py", "!keep.py", "build/"]
    )
    assert len(spec + ignore) == 4 and pathspec.util.lookup_pattern("mf-exact") is Exact
    assert pathspec.PathSpec.from_lines("mf-exact", ["z"]).match_file("z") and type(ignore) is pathspec.GitIgnoreSpec
