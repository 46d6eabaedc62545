"""What lies in each other hundreds of times: it is told about in lines that can be read."""

import pytest

from tests.support import program

LINKS = 300
CODE = """
def link(inner):
    def call(x):
        return inner(x) + {n} if inner else x
    return call

top = None
for _ in range({links}):
    top = link(top)
"""
LIB = {n: {"lib.py": CODE.format(n=n, links=LINKS)} for n in "12"}


@pytest.fixture
def run(tmp_path, midflight):
    return lambda script: program.run(tmp_path, {"lib": LIB}, "import lib\n" + script)


def test_a_chain_of_closures_is_named_by_its_end(run):
    """The way to each of them is as long as the chain: all of them in full would take the cube of its length."""
    run(f"""
held, depth = lib.top, {LINKS}
install("lib", "2")
plan = midflight.plan("lib")
names = plan.functions.changed
assert len(names) == depth + 1 and "lib.link" in names, names
assert max(map(len, names)) < 1000 and sum("[...]" in name for name in names) > depth / 2, names
assert held(0) == depth - 1
midflight.upgrade("lib")
assert held is not lib.top or held(0) == 2 * (depth - 1)
assert lib.top(0) == 2 * (depth - 1)
""")
