"""Books that the standard library keeps of what an import makes: they agree with what is alive, abandoned or not."""

from tests.support import program

FAILS = "raise ImportError('half-way')\n"

SHARED = {
    version: {
        "lib.py": f"import multiprocessing\nVALUE = multiprocessing.Value('i', {version})\nN = {version}\n"
        + (FAILS if version == "2" else "")
    }
    for version in "123"
}


def test_shared_memory_that_an_import_takes(run):
    """The library's heap of blocks: a block of an abandoned import is free again, others are nobody else's."""
    run(
        {"lib": SHARED},
        """
import gc, multiprocessing, multiprocessing.heap
import lib

heap = multiprocessing.heap.BufferWrapper._heap
mine = multiprocessing.Value("i", 7)
lib.VALUE.value = 5

def taken():
    gc.collect()
    heap._free_pending_blocks()
    return sum(len(blocks) for blocks in heap._allocated_blocks.values())

def check(number):
    more = [multiprocessing.Value("i", n) for n in range(20)]
    assert [value.value for value in more] == list(range(20))
    assert mine.value == 7 and lib.VALUE.value == 5 and lib.N == number

before = taken()
install("lib", "2")
for _ in range(3):
    try:
        midflight.upgrade("lib")
    except midflight.UpgradeRefused as refusal:
        assert [reason.code for reason in refusal.reasons] == ["staging-failed"], refusal
    else:
        raise AssertionError("not refused")
    check(1)
    assert taken() == before
install("lib", "3")
midflight.upgrade("lib")
check(3)
assert taken() == before
""",
    )


ARRAYS = {
    version: {
        "lib.py": """
import ctypes

class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int)]

Points = Point * 4
"""
        + f"N = {version}\n"
        + (FAILS if version == "2" else "")
    }
    for version in "123"
}


def test_array_types_of_ctypes(run):
    """Point * 4 is one type however often it is asked for: the cache behind it is as before, or has the new version's."""
    run(
        {"lib": ARRAYS},
        f"""
import ctypes, gc, weakref
import lib
sys.path.append({str(program.ROOT)!r})
from tests.support.heap import Heap
sys.path.remove({str(program.ROOT)!r})

def refused():
    try:
        midflight.upgrade("lib", wait=0.2)
    except midflight.UpgradeRefused as refusal:
        return [reason.code for reason in refusal.reasons]

held = lib.Points()
install("lib", "2")
assert refused() == ["staging-failed"]  # what it loads of the standard library stays

def compare():
    gc.collect()
    heap = Heap()
    assert refused() == ["staging-failed"]
    gc.collect()
    assert not heap.differences(), heap.differences()

compare()
assert lib.Point * 4 is lib.Points and type(held) is lib.Points
install("lib", "3")
codes = refused()
# before 3.13 an array type refers to its element's where no walk sees it
assert codes is None and lib.N == 3 or codes == ["busy", "native-holder"] and lib.N == 1 and sys.version_info < (3, 13), codes
assert lib.Point * 4 is lib.Points and type(held) is lib.Points and type(held[0]) is lib.Point
""",
    )
