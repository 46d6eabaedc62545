"""Finders of other people on sys.meta_path."""

from tests.support import program


def test_that_answer_by_getattr(tmp_path, midflight):
    """What has no find_spec in its class leads up to object, which has no dict of its own in 3.12."""
    program.run(
        tmp_path,
        {"lib": {version: {"lib/__init__.py": f"x = {version}\n"} for version in "12"}},
        """
class Finder:
    def __getattr__(self, name):
        if name == "find_spec":
            return lambda *args: None
        raise AttributeError(name)


sys.meta_path.append(Finder())
import lib
install("lib", "2")
midflight.upgrade("lib")
assert sys.modules["lib"].x == 2
""",
    )
