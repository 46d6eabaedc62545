"""frame and stackdepth: how deep a frame's stack is, what in it is a reference, and moving a suspended one into another world.

Three oracles: what dis says of each instruction, the depth that the interpreter stores where it does, and reference counts.
"""

import asyncio
import collections
import contextlib
import dis
import gc
import os
import sys
import sysconfig
import threading
import types
import warnings

import pytest

from tests.support.isolated import isolated

testing = pytest.importorskip("midflight._testing")
VERSION = sys.version_info[:2]
ENDS = {
    "RETURN_VALUE",
    "RETURN_CONST",
    "RAISE_VARARGS",
    "RERAISE",
    "JUMP_FORWARD",
    "JUMP_BACKWARD",
    "JUMP_BACKWARD_NO_INTERRUPT",
}


# ---- against dis -------------------------------------------------------------------------------------------------------


def codes_in(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_in(constant)


def effect_of(instruction, jump):
    """dis.stack_effect, where it is about what the interpreter has on the stack at the next instruction."""
    name = instruction.opname
    if not jump and VERSION == (3, 11) and name in ("PRECALL", "CALL"):
        return 0 if name == "PRECALL" else -instruction.arg - 1
    if not jump and name == "RETURN_GENERATOR":
        return 1
    if jump and name == "SEND" and VERSION >= (3, 12):
        return 0
    return dis.stack_effect(instruction.opcode, instruction.arg, jump=jump)


def disagreements(code):
    """The instructions of a code object about which the analysis and dis disagree, by what about."""
    depths = testing.depths(code)
    instructions = [i for i in dis.get_instructions(code) if i.opname != "CACHE"]
    for instruction, following in zip(instructions, [*instructions[1:], None], strict=True):
        here = depths[instruction.offset // 2]
        if here is None:
            continue  # dead code: nothing below comes to it
        if instruction.opname not in ENDS and following is not None:
            there = depths[following.offset // 2]
            if there is None or there[0] != here[0] + effect_of(instruction, False):
                yield "goes on", instruction.opname
        if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
            there = depths[instruction.argval // 2]
            if there is None or there[0] != here[0] + effect_of(instruction, True):
                yield "jumps", instruction.opname
        if not 0 <= here[1] <= here[0] <= code.co_stacksize:
            yield "inputs", instruction.opname
    for entry in dis._parse_exception_table(code):
        inside = any(depths[i] for i in range(entry.start // 2, entry.end // 2))
        if inside and (depths[entry.target // 2] or [None])[0] != entry.depth + entry.lasti + 1:
            yield "handler", entry.target


def library_files(every):
    """Each so-many-th file of the standard library."""
    top = sysconfig.get_path("stdlib")
    found = []
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(
            name for name in folders if name not in ("site-packages", "lib2to3", "__pycache__", "idlelib")
        )
        found += [os.path.join(folder, name) for name in sorted(files) if name.endswith(".py")]
    assert len(found) > 200
    return found[::every]


@isolated
def test_depths_agree_with_dis():
    wrong, n_codes, n_files = collections.Counter(), 0, 0
    warnings.simplefilter("ignore")
    for path in library_files(12):
        with open(path, "rb") as file:
            try:
                code = compile(file.read(), path, "exec")
            except (SyntaxError, ValueError):
                continue
        n_files += 1
        for inner in codes_in(code):
            n_codes += 1
            wrong.update(disagreements(inner))
    assert not wrong and n_codes > 1000 and n_files > 10, (wrong, n_codes)


@isolated
def test_what_can_still_be_executed():
    def function(a):
        if a:
            return 1
        for _ in a:
            a = 2
        return a

    code = function.__code__
    everything = testing.reachable(code, -1)
    offsets = {i.offset // 2: i for i in dis.get_instructions(code)}
    assert {position for position in everything if position in offsets} >= {
        p for p, i in offsets.items() if i.opname != "CACHE"
    }
    last = max(p for p, i in offsets.items() if i.opname == "RETURN_VALUE")
    assert testing.reachable(code, last) == {last}
    assert last in testing.reachable(code, 0)


@isolated
def test_a_code_that_is_not_understood():
    code = (lambda: 0).__code__
    broken = code.replace(co_code=bytes([dis.opmap["POP_TOP"], 0] * 3) + code.co_code)
    with pytest.raises(ValueError, match="lambda"):
        testing.depths(broken)


# ---- against what the interpreter stores -------------------------------------------------------------------------------


def boom():
    raise ValueError("x")


class Swallows:
    def __enter__(self):
        return 1

    def __exit__(self, *args):
        return True


def yields_everywhere():
    """Suspended in every place that a stack can have something on it."""
    x = [1, (yield 1), {2: (yield 2)}, *((yield 3), 4)]
    for i in (yield 4) or [1, 2]:
        print(end="", *[i], sep=(yield 5) or "")  # noqa: B026
        try:
            with Swallows():
                f"{(yield 6)}{i:{(yield 7) or 3}}"
                boom()
        except ValueError:
            yield 8
        else:
            yield 9
        finally:
            yield 10
    try:
        boom()
    except ValueError:
        yield 11
        try:
            boom()
        except ValueError:
            max(1, 2, (yield 12) or 3)
    yield from yields_below(2)
    x if (yield 13) else max((yield 14) or 1, (yield from yields_below(1)) or 2, key=(yield 15))
    [1, 2, 3][(yield 16) or 0 : (yield 17) or 2]
    {**{1: 2}, "k": (yield 18), **((yield 19) or {})}  # noqa: B018
    while True:
        if (yield 20) is None:
            break
    match (yield 21) or (1, 2):
        case (_a, _b):
            yield 22
    assert (yield 23) is None, (yield 24)
    try:
        raise ExceptionGroup("g", [ValueError(1)])
    except* ValueError:
        yield 25
    return 5


def yields_below(n):
    for i in range(n):
        yield i
        len([i, (yield i) or 2])


def check_suspended(generator):
    """1 if it is suspended where its depth can be checked."""
    found = testing.generator_depth(generator)
    if found is None:
        return 0
    code, position, stored, at = found
    first_yield = position < 3  # before the first instruction of the body nothing has been consumed
    assert at is not None and (stored == at[0] - at[1] or (first_yield and stored == at[0])), (code, found)
    return 1


@isolated
def test_generators():
    checked = 0
    for make in (yields_everywhere, lambda: yields_below(3)):
        generator = make()
        while True:
            checked += check_suspended(generator)
            try:
                generator.send(None)
            except StopIteration:
                break
    assert checked > 40 and testing.generator_depth(generator) is None


async def asynchronous(n):
    async with asyncio.Lock():
        await asyncio.sleep(0)
    if n:
        return max(1, 2, await asynchronous(n - 1), await asyncio.gather(asynchronous(0), asyncio.sleep(0)) and 3)
    async for _ in asynchronous_yields():
        await asyncio.sleep(0)
    return [y async for y in asynchronous_yields()] and 1


async def asynchronous_yields():
    for i in range(2):
        yield i
        await asyncio.sleep(0)


@isolated
def test_coroutines():
    checked = 0

    async def main():
        nonlocal checked
        task = asyncio.create_task(asynchronous(3))
        while not task.done():
            for other in asyncio.all_tasks() - {asyncio.current_task()}:  # 3.11 crashes on cr_await of one that runs
                coroutine = other.get_coro()
                while hasattr(coroutine, "cr_await"):
                    checked += check_suspended(coroutine)
                    coroutine = coroutine.cr_await
            await asyncio.sleep(0)

    asyncio.run(main())
    assert checked > 30


class Calls:
    """Python functions called by every instruction that the interpreter calls them for itself."""

    q = 3

    def __init__(self, n):
        self.n = n
        check_running()
        self.x = recurse(n - 1) if n else 0

    def __getitem__(self, i):
        check_running()
        return i

    @property
    def p(self):
        check_running()
        return len

    def __getattribute__(self, name):
        if name == "q":
            check_running()
        return object.__getattribute__(self, name)


RUNNING = collections.Counter()


def check_running():
    for code, position, stored, at in testing.stored_depths():
        raw = code.co_code
        while position and raw[2 * position] == 0:  # a cache of the instruction
            position -= 1
        name, argument = dis.opname[raw[2 * position]], raw[2 * position + 1]
        expected = at[0] - at[1]
        if name in ("FOR_ITER", "SEND"):
            expected += 1  # the iterator stays
        if name == "LOAD_ATTR" and VERSION >= (3, 12):
            expected = at[0] - 1 + (argument & 1)
        assert stored == expected, (code, name, position, stored, at)
        RUNNING[name] += 1


def iterate(n):
    for i in range(n):
        check_running()
        yield i


def delegate(n):
    yield from iterate(n)


def recurse(n):
    check_running()
    if n <= 0:
        return 1
    o = Calls(0)
    [1, o[2], o.p([1]), o.q, *iterate(2)]  # noqa: B018
    for _ in delegate(2):
        recurse(n - 2)
    return max(
        1,
        2,
        recurse(n - 1),
        recurse(**{"n": n - 2}),
        recurse(*[n - 2]),
        recurse(n=n - 2),
        o.p(["a"]),
        key=lambda v: check_running() or 0,
    )


@isolated
def test_running_frames():
    for _ in range(3):
        recurse(4)  # from the second time on it is specialised
    assert sum(RUNNING.values()) > 1000 and "CALL" in RUNNING
    assert VERSION < (3, 12) or {"FOR_ITER", "LOAD_ATTR"} <= set(RUNNING)


@isolated
def test_running_frames_under_a_tracer():
    n = 0

    def trace(frame, event, arg):
        nonlocal n
        n += 1
        return trace

    sys.settrace(trace)
    recurse(2)
    sys.settrace(None)
    assert n > 100 and sum(RUNNING.values()) > 100


# ---- against reference counts ------------------------------------------------------------------------------------------


class Kind:
    pass


def hold_local(blocker):
    held = KIND
    blocker()
    return held


def hold_in_call(blocker):
    return [KIND, (KIND, blocker()), KIND]


def hold_in_arguments(blocker):
    return max(KIND, KIND, blocker(), key=id)


def hold_as_input(blocker):
    return max([1, 2], key=lambda x: blocker() or 0, default=KIND)


def hold_in_block(blocker):
    with contextlib.nullcontext(KIND):
        for _ in (KIND, blocker()):
            blocker()


def hold_in_cell(blocker):
    held = KIND

    def inner():
        return held

    blocker()
    return inner


def hold_in_exception(blocker):
    try:
        raise ValueError(KIND)
    except ValueError as error:
        blocker()
        return error.args


KIND = None


@pytest.mark.parametrize(
    "hold", [hold_local, hold_in_call, hold_in_arguments, hold_as_input, hold_in_block, hold_in_cell, hold_in_exception]
)
@isolated
def test_every_reference_of_a_blocked_thread_is_found(hold):
    """Those in frames and those in objects make up the reference count, while another thread is inside a C call."""
    global KIND
    KIND = kind = type("Kind", (), {})
    entered, leave = threading.Event(), threading.Lock()
    leave.acquire()

    def blocker():
        entered.set()
        leave.acquire()
        leave.release()

    def unexplained():
        gc.collect()
        locals_, stack, inputs, unsure = testing.frame_references(kind)
        holders = testing.compare_counts([kind])[1]
        tuples = 1  # the list above is no tracked holder's any more, but the call's argument is
        return sys.getrefcount(kind) - locals_ - stack - inputs - holders + tuples - 1, unsure

    base = unexplained()
    thread = threading.Thread(target=hold, args=(blocker,))
    thread.start()
    entered.wait()
    for _ in range(3):
        assert unexplained() == base
    leave.release()
    thread.join()
    assert unexplained() == base


# ---- into another world ------------------------------------------------------------------------------------------------


def make_world(n):
    """A module's namespace, with a function of each suspended kind that uses it."""
    space = {"__name__": "world", "__builtins__": __builtins__}
    source = f"""
class Kind:
    n = {n}
def helper():
    return {n}
def generate(first=Kind):
    held = Kind
    got = [held, first, (yield 1), helper()]
    yield got
async def wait(first=Kind):
    held = Kind
    return [held, first, await PAUSE, helper()]
async def asynchronous():
    held = [Kind, (yield 1), helper()]
    yield held
"""
    exec(source, space)
    return space


class Pause:
    def __await__(self):
        return (yield)


@pytest.mark.parametrize("name", ["generate", "wait", "asynchronous"])
@isolated
def test_a_suspended_frame_moves(name):
    old, new = make_world(1), make_world(2)
    old["PAUSE"] = new["PAUSE"] = Pause()
    suspended = old[name]()
    step = suspended.asend(None) if name == "asynchronous" else suspended
    with contextlib.suppress(StopIteration):
        step.send(None)
    trial = testing.Trial([(old["Kind"], new["Kind"])])
    locals_, stack = trial.move_frame(suspended, new[name])
    assert locals_ == (0 if name == "asynchronous" else 2) and stack == (1 if name == "asynchronous" else 2)
    counts = sys.getrefcount(old[name]), sys.getrefcount(new[name])
    trial.commit()
    trial.undo()
    trial.commit()
    trial.release()
    assert (sys.getrefcount(old[name]), sys.getrefcount(new[name])) == (counts[0] - 1, counts[1])
    step = suspended.asend("sent") if name == "asynchronous" else suspended
    try:
        result = step.send("sent" if name == "generate" else None)
    except StopIteration as stop:
        result = stop.value
    assert result[0] is new["Kind"] and result[-1] == 2 and (name == "asynchronous" or result[1] is new["Kind"])


@isolated
def test_a_running_or_finished_generator_is_refused():
    def generate():
        with pytest.raises(testing.Refused):
            testing.Trial([]).move_frame(running, generate)
        yield

    running = generate()
    next(running)
    list(running)
    with pytest.raises(testing.Refused):
        testing.Trial([]).move_frame(running, generate)
