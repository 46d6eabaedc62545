"""What a __hash__ reaches is found without asking anything."""

from tests.support import program


def test_arguments_of_getters_are_not_asked_inside_the_flip(tmp_path, midflight):
    """itemgetter() takes any object, whose __repr__ or __eq__ is code of the program's."""
    module = """
        from operator import itemgetter

        ASKED = []

        class Loud:
            def __repr__(self):
                ASKED.append("repr")
                return "loud"

            def __eq__(self, other):
                ASKED.append("eq")
                return True

            def __hash__(self):
                return 1

        get = itemgetter(Loud())

        class Row:
            def __getitem__(self, key):
                return VERSION

        class Key:
            def __hash__(self):
                return hash(get(Row()))

        VERSION = {}
        keys = {{Key(): 1}}
    """
    trees = {
        version: {"lib/__init__.py": module.replace("{}", version, 1).replace("{{", "{").replace("}}", "}")}
        for version in "12"
    }
    program.run(
        tmp_path,
        {"lib": trees},
        """
import lib
asked = lib.ASKED
install("lib", "2")
try:
    midflight.upgrade("lib")
except midflight.Refused:
    pass
assert not asked and not lib.ASKED, (asked, lib.ASKED)
""",
    )
