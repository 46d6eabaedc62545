"""The record of an import keeps nothing alive: what the program lets go of dies at once, as without midflight."""

import pytest

from tests.support import program

MODULE = '''
import weakref

class Loud:
    """Says when it dies."""

    def __init__(self, name, gone):
        self.name, self.gone = name, gone

    def __del__(self):
        self.gone.append(self.name)

GONE = []
alone = Loud("alone", GONE)
in_list = [Loud("in list", GONE)]
in_dict = {"key": Loud("in dict", GONE)}
in_odd_dict = {1: Loud("in odd dict", GONE), (1, None): 0}
as_key = {Loud("as key", GONE): 1}
in_set = {Loud("in set", GONE)}
in_tuple = (1, (Loud("in tuple", GONE),))
deep = {"a": [({"b": Loud("deep", GONE)},)]}

class Holder:
    attribute = Loud("class attribute", GONE)

    def __init__(self):
        self.inside = Loud("instance attribute", GONE)

holder = Holder()

class Slots:
    __slots__ = ("inside",)

slots = Slots()
slots.inside = Loud("slot", GONE)

def default(x=Loud("default", GONE), *, y=Loud("named default", GONE)):
    return x

def closure(cell):
    return lambda: cell

closed = closure(Loud("closure", GONE))

def function():
    pass

function.attribute = Loud("function attribute", GONE)

class Plain:
    pass

class WithProperty:
    @property
    def prop(self, _loud=Loud("property", GONE)):
        return 1

    @staticmethod
    def static(_loud=Loud("static", GONE)):
        return 1
'''

LET_GO = """
def dies(name):
    assert m.GONE == [name], (name, m.GONE)
    m.GONE.clear()

del m.alone
dies("alone")
m.in_list = None
dies("in list")
del m.in_dict["key"]
dies("in dict")
m.in_odd_dict = {}
dies("in odd dict")
m.as_key.clear()
dies("as key")
m.in_set.clear()
dies("in set")
m.in_tuple = ()
dies("in tuple")
del m.deep["a"][0]
dies("deep")
del m.Holder.attribute
dies("class attribute")
m.holder.inside = None
dies("instance attribute")
m.slots.inside = None
dies("slot")
m.default.__defaults__ = None
dies("default")
m.default.__kwdefaults__ = None
dies("named default")
del m.closed
dies("closure")
del m.function
dies("function attribute")
del m.WithProperty.prop
dies("property")
del m.WithProperty.static
dies("static")

told = []
refs = [weakref.ref(each, lambda ref: told.append(1)) for each in (m.Plain, m.closure, m.WithProperty)]
del m.Plain, m.closure, m.WithProperty
gc.collect()
assert len(told) == 3, told
assert m.GONE == []
"""


@pytest.fixture
def run(tmp_path, midflight):
    files = {"lib/__init__.py": "", "lib/m.py": MODULE}
    return lambda script: program.run(tmp_path, {"lib": {"1": files, "2": files}}, script)


def test_of_a_distribution(run):
    run("import gc, weakref, lib.m as m\n" + LET_GO)


def test_of_the_program_itself(run):
    run(
        "import gc, pathlib, weakref\n"
        f"pathlib.Path('own.py').write_text({MODULE!r})\n"
        "sys.path.insert(0, os.getcwd())\nimport own as m\n" + LET_GO
    )


def test_between_a_plan_and_what_comes_then(run):
    """A plan looks into the records; what it needed for that is given back."""
    run(
        "import gc, weakref, lib.m as m\ninstall('lib', '2')\n"
        "def plan():\n    midflight.plan('lib')\n    del sys.modules['lib'].x\n"
        "sys.modules['lib'].x = 1\nplan()\n" + LET_GO
    )


def test_after_an_upgrade_and_the_import_of_one_more_module(run):
    run(
        "import gc, weakref, lib.m as m\ninstall('lib', '2')\nmidflight.upgrade('lib')\n"
        "m = sys.modules['lib.m']\nimport json, lib\nm.GONE.clear()\n" + LET_GO
    )


def test_a_module_that_the_program_drops(tmp_path, midflight):
    files = {"lib/__init__.py": "", "lib/m.py": MODULE.replace("slots = Slots()\nslots.inside =", "unnamed =")}
    program.run(
        tmp_path,
        {"lib": {"1": files}},
        """
import gc, weakref, lib.m
gone = lib.m.GONE
ref = weakref.ref(lib.m)
del sys.modules["lib.m"], lib.m
gc.collect()
assert ref() is None and "alone" in gone and "deep" in gone, gone
""",
    )


SIZE = 100 << 20

LARGE = f"""
import array
zeros = b"0" * {SIZE}
text = "x" * {SIZE}
buffer = bytearray({SIZE})
numbers = array.array("b", zeros)
items = [None] * ({SIZE} // 8)
"""


def test_large_data_that_is_replaced(tmp_path, midflight):
    files = {"lib/__init__.py": LARGE}
    program.run(
        tmp_path,
        {"lib": {"1": files}},
        f"""
import lib
def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
for name in ("zeros", "text", "buffer", "numbers", "items"):
    before = resident()
    setattr(lib, name, None)
    assert before - resident() > {SIZE} * 0.9, (name, before, resident())
""",
    )


STATE = {
    "1": {
        "lib/__init__.py": "",
        "lib/m.py": "table = {'a': 1}\nitems = [1, 2]\nlimits = (1, [2])\ncount = 1\nodd = {1: [1], 2: [2]}\n",
    },
    "2": {
        "lib/__init__.py": "",
        "lib/m.py": "table = {'a': 2, 'b': 2}\nitems = [1, 2, 3]\nlimits = (1, [3])\ncount = 2\nodd = {1: [1], 2: [2], 3: [3]}\n",
    },
}


def test_what_was_replaced_at_the_same_address_is_the_programs(tmp_path, midflight):
    """A list that dies gives its memory to the next one. That is another list."""
    program.run(
        tmp_path,
        {"lib": STATE},
        """
import lib.m as m
for name, make in (("items", lambda: [7]), ("table", lambda: {"own": 7}), ("odd", lambda: {9: 9})):
    reused = False
    for _ in range(100):
        before = id(getattr(m, name))
        delattr(m, name)
        setattr(m, name, make())
        reused = reused or id(getattr(m, name)) == before
    assert reused, name
install("lib", "2")
midflight.upgrade("lib")
m = sys.modules["lib.m"]
assert m.items == [7] and m.table == {"own": 7} and m.odd == {9: 9}, vars(m)
assert m.limits == (1, [3]) and m.count == 2, vars(m)
""",
    )


def test_what_nobody_touched_is_the_new_versions(tmp_path, midflight):
    """Although the namespace, and what lies around it, has changed."""
    program.run(
        tmp_path,
        {"lib": STATE},
        """
import lib.m as m
m.own = 5
m.odd[9] = 9
install("lib", "2")
midflight.upgrade("lib")
m = sys.modules["lib.m"]
assert (m.items, m.table, m.limits, m.count, m.own) == ([1, 2, 3], {"a": 2, "b": 2}, (1, [3]), 2, 5), vars(m)
assert m.odd == {1: [1], 2: [2], 3: [3], 9: 9}, m.odd
""",
    )


def test_deep_nesting_dies_without_recursion(run):
    """The deallocators of watched types bound their depth as CPython's own do."""
    run("""
import lib.m
for kind in ("list", "dict", "tuple", "mixed"):
    top = None
    for i in range(300000):
        top = [top] if kind == "list" or (kind == "mixed" and i % 2) else (
            {"k": top} if kind != "tuple" else (top, {i}))
    del top
class L(list):
    pass
top = L()
for i in range(300000):
    top = L([top])
del top
""")


def test_no_weak_reference_is_added_where_one_could_be_counted(run):
    run("""
import weakref, lib.m as m
for each in (m.function, m.Holder.__init__, m.in_set, m):
    assert weakref.getweakrefcount(each) == 0, each
""")


def test_what_is_known_of_a_long_list_goes_with_it(tmp_path, midflight):
    """The record has its items, which lie in memory of their own."""
    files = {"lib/__init__.py": f"items = [str(i) for i in range({1 << 20})]\nsmall = [1]\n"}
    program.run(
        tmp_path,
        {"lib": {"1": files}},
        """
import lib
def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
before = resident()
lib.items = None
assert before - resident() > 60 << 20, (before, resident())
""",
    )


LONG = {
    "1": {
        "lib/__init__.py": "",
        "lib/m.py": "items = list(range(5000))\ntable = {str(i): i for i in range(5000)}\nodd = {i: [i] for i in range(5000)}\n",
    },
    "2": {
        "lib/__init__.py": "",
        "lib/m.py": "items = list(range(5001))\ntable = {str(i): -i for i in range(5001)}\nodd = {i: [i] for i in range(5001)}\n",
    },
}


def test_long_tables_are_merged_as_short_ones(tmp_path, midflight):
    program.run(
        tmp_path,
        {"lib": LONG},
        """
import lib.m as m
m.table["own"] = 1
m.table["7"] = "mine"
m.odd[6].append(0)
install("lib", "2")
midflight.upgrade("lib")
m = sys.modules["lib.m"]
assert m.items == list(range(5001)), len(m.items)
assert m.table == {**{str(i): -i for i in range(5001)}, "7": "mine", "own": 1}, len(m.table)
assert m.odd[6] == [6, 0] and m.odd[5000] == [5000]
""",
    )


def test_what_a_tuple_of_a_record_refers_to_is_accounted_for(tmp_path, midflight):
    """A bare object() allows no weak reference; the collector forgets a tuple that has nothing else."""
    files = {
        "lib/__init__.py": "MISSING = object()\nBOTH = (MISSING, [1])\n\n\ndef f(x=(MISSING, [2])):\n    return x\n"
    }
    program.run(
        tmp_path,
        {"lib": {"1": files, "2": files}},
        """
import gc, lib
gc.collect()
install("lib", "2")
midflight.upgrade("lib")
lib = sys.modules["lib"]
assert lib.BOTH[0] is lib.MISSING is lib.f()[0]
""",
    )
