"""Making the record of an import, and what it says later."""

from tests.support import program


def test_making_one_runs_no_code_of_a_metaclass(tmp_path, midflight):
    """It could change what is being recorded. What an ABC remembers is behind an attribute of the class."""
    files = {
        "lib/__init__.py": """
            from abc import ABCMeta

            class Meta(ABCMeta):
                def __getattribute__(cls, name):
                    ASKED.append(name)
                    return super().__getattribute__(name)

            ASKED = []

            class Abstract(metaclass=Meta):
                pass

            Abstract.register(int)
            ASKED.clear()
            """
    }
    program.run(tmp_path, {"lib": {"1": files}}, "import lib\nassert lib.ASKED == [], lib.ASKED\n")


def test_a_name_that_followed_is_not_the_programs_later(tmp_path, midflight):
    """What an upgrade binds in the modules that imported it by name is nobody's change at their own upgrade."""
    trees = {
        "lib": {version: {"lib/__init__.py": f"LIMIT = {version}\n"} for version in "12"},
        "user": {"1": {"user/__init__.py": "from lib import LIMIT\n"}, "2": {"user/__init__.py": "LIMIT = 'own'\n"}},
    }
    program.run(
        tmp_path,
        trees,
        """
import user
install("lib", "2")
midflight.upgrade("lib")
assert user.LIMIT == 2, user.LIMIT
install("user", "2")
midflight.upgrade("user")
assert sys.modules["user"].LIMIT == "own", user.LIMIT
""",
    )
