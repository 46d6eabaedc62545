"""account: in a quiet process every reference to a definition is found, so that what is left over means something.

Each test is a process of its own, which loads what it asks about, and uses it a little.
"""

import subprocess
import sys
import textwrap

import pytest

PRELUDE = """
import gc, sys, types
import midflight
from midflight import _engine

def definitions(*packages):
    found = []
    for thing in gc.get_objects():
        if isinstance(thing, (type, types.FunctionType)):
            module = vars(thing).get("__module__") if isinstance(thing, type) else thing.__module__
            if isinstance(module, str) and module.split(".")[0] in packages:
                found.append(thing)
        elif isinstance(thing, types.ModuleType) and thing.__name__.split(".")[0] in packages:
            found.append(thing)
    return tuple(found)

def left_over(things):
    answers = _engine.explain(things)
    assert len(answers) == len(things)
    return [(thing, left, references) for thing, (references, left) in zip(things, answers) if left != 0]

def left(thing):
    return midflight.explain(thing).left_over
"""


def run(body):
    done = subprocess.run(
        [sys.executable, "-P", "-c", PRELUDE + textwrap.dedent(body)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


# Not those of which C code of the standard library keeps some (asyncio, importlib, typing): there a left-over is right.
USES = {
    "json": ("import json, json.tool", "json.loads(json.dumps({'a': [1, 2.5, None]}))"),
    "logging": (
        "import logging, logging.handlers, logging.config",
        "logging.getLogger('x').addHandler(logging.NullHandler())",
    ),
    "email": ("import email, email.mime.text, email.policy", "email.message_from_string('A: b\\n\\nc').as_string()"),
    "http": (
        "import http.client, http.cookies, http.server, urllib.request",
        "http.cookies.SimpleCookie('a=b').output()",
    ),
    "concurrent": ("import concurrent.futures", "concurrent.futures.ThreadPoolExecutor(1).submit(len, '').result()"),
    "unittest": ("import unittest, unittest.mock", "unittest.mock.MagicMock(spec=dict)"),
    "xml": ("import xml.etree.ElementTree as e, xml.dom.minidom, xml.sax", "e.fromstring('<a><b/></a>')"),
    "multiprocessing": (
        "import multiprocessing.pool, multiprocessing.managers",
        "multiprocessing.get_context('spawn').Lock",
    ),
    "dataclasses": ("import dataclasses, enum", "dataclasses.make_dataclass('A', [('b', int)])(1) == 1"),
    "queue": ("import queue, heapq, sched, selectors", "queue.PriorityQueue().put(1)"),
    "argparse": ("import argparse, optparse, configparser", "argparse.ArgumentParser().add_subparsers()"),
}


@pytest.mark.parametrize("package", USES)
def test_definitions_of_the_standard_library(package, midflight):
    load, use = USES[package]
    out = run(
        f"""
        {load}
        {use}
        gc.collect()
        things = definitions({package!r})
        wrong = left_over(things)
        for thing, left, references in wrong[:5]:
            print(repr(thing)[:200], left, references[:10], file=sys.stderr)
        assert not wrong, len(wrong)
        print(len(things))
        """
    )
    assert int(out) >= 5


def test_several_packages_at_once(midflight):
    out = run(
        """
        import dataclasses, email.mime.text, enum, http.server, json, logging.handlers, sqlite3, typing, unittest.mock
        things = definitions("dataclasses", "email", "enum", "http", "json", "logging", "sqlite3", "unittest", "socketserver")
        wrong = left_over(things)
        assert not wrong, wrong[:3]
        print(len(things))
        """
    )
    assert int(out) > 700


def test_untracked_containers(midflight):
    """A sentinel that the collector does not track, in containers that it may have untracked."""
    run(
        """
        sentinel = object()
        class Kind:
            pass
        held = (1, sentinel)
        table = {"a": sentinel, "b": "text"}
        deep = [((sentinel,), 5)]
        frozen = frozenset([sentinel, 1])
        named = Kind()
        named.attribute = sentinel
        gc.collect()
        assert left(sentinel) == 0, midflight.explain(sentinel)
        count = sum(entry.count for entry in midflight.explain(sentinel).references)
        more = ((sentinel, sentinel),)
        gc.collect()
        assert sum(entry.count for entry in midflight.explain(sentinel).references) == count + 2
        assert left(sentinel) == 0
        """
    )


def test_attributes_of_instances(midflight):
    """Whatever of an instance and its __dict__ keeps the attributes, and whichever reports them: each is counted once."""
    run(
        """
        class Kind:
            pass
        class Plain:
            pass
        class Below(Plain):
            pass
        class Slots:
            __slots__ = ("slot", "__dict__", "__weakref__")
        class Table(dict):
            pass
        def check(thing, counts):
            assert left(Kind) == 0, midflight.explain(Kind)
            table = vars(thing)
            assert left(Kind) == 0 and left(table) == 0 and left(thing) == 0, midflight.explain(table)
            explained = midflight.explain(Kind)
            found = sum(entry.count for entry in explained.references)
            assert found == counts, (found, counts, explained)
        basis = sum(entry.count for entry in midflight.explain(Kind).references)
        for kind in (Plain, Below, Slots, Table):
            thing = kind()
            thing.first = Kind
            assert left(Kind) == 0
            assert sum(entry.count for entry in midflight.explain(Kind).references) == basis + 1
            check(thing, basis + 1)
            thing.second = Kind
            check(thing, basis + 2)
            other = kind()
            other.__dict__ = vars(thing)
            check(other, basis + 2)
            del thing
            check(other, basis + 2)
            for i in range(40):
                setattr(other, f"name{i}", Kind)
            check(other, basis + 42)
            del other
            assert left(Kind) == 0
            assert sum(entry.count for entry in midflight.explain(Kind).references) == basis
        """
    )


def test_a_reference_that_no_traversal_reaches_is_left_over(midflight):
    """And one that C code holds is counted exactly."""
    run(
        """
        import atexit, ctypes, signal
        class Kind:
            pass
        def function(*args):
            pass
        assert left(Kind) == left(function) == 0
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(Kind))
        assert left(Kind) == 1
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(Kind))
        assert left(Kind) == 2
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(Kind))
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(Kind))
        assert left(Kind) == 0
        """
    )


def test_frames_and_generators(midflight):
    """Locals, cells, stacks and arguments of running calls, of suspended ones, and of those in a traceback."""
    run(
        """
        import asyncio, contextlib, threading
        class Kind:
            pass
        entered, leave = threading.Event(), threading.Event()
        def blocked(argument, *more):
            cell = argument
            def inner():
                return cell
            with contextlib.nullcontext(argument):
                return [argument, (argument, entered.set(), leave.wait())]
        def generate(argument):
            held = argument
            got = [held, (yield 1), argument]
            yield max(argument, (yield 2), key=id)
        async def wait(argument):
            return argument, await asyncio.sleep(5, argument)
        thread = threading.Thread(target=blocked, args=(Kind, Kind, Kind))
        thread.start()
        entered.wait()
        first, second, third = generate(Kind), generate(Kind), generate(Kind)
        next(second)
        next(third), third.send(None)
        coroutine = wait(Kind)
        started = wait(Kind)
        loop = asyncio.new_event_loop()
        task = loop.create_task(started)
        loop.run_until_complete(asyncio.sleep(0.01))
        def fails(argument):
            raise ValueError(argument)
        try:
            fails(Kind)
        except ValueError as error:
            kept = error
        async def asynchronous(argument):
            yield argument
        never = asynchronous(Kind)
        for thing in (Kind, blocked, generate, wait, fails, asynchronous):
            assert left(thing) == 0, midflight.explain(thing)
        frames = [entry for entry in midflight.explain(Kind).references]
        assert sum(entry.count for entry in frames) >= 14, midflight.explain(Kind)
        leave.set()
        thread.join()
        del kept, first, second, third, never
        coroutine.close()
        assert left(Kind) == 0
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        """
    )


EXPRESSIONS = """
ask(Kind)
ask(Kind, k=Kind)
ask(*[Kind])
[Kind, ask(), (Kind, ask())]
{Kind: ask(), 1: Kind}
{**{Kind: 1}, 2: ask()}
(Kind, a + Kind)
(Kind, Kind + a)
(Kind, a[Kind])
(Kind, a(Kind))
(Kind, Kind in a)
(Kind, a < Kind)
(Kind, a == Kind)
(Kind, len(a))
(Kind, bool(a))
(Kind, 1 if a else Kind)
(Kind, a and Kind)
(Kind, a.attribute)
(Kind, [*a])
(Kind, [ask() for _ in (Kind, 1)])
(Kind, next(ask() for _ in (Kind,)))
(Kind, (lambda x, y=Kind: (x, ask(), y))(Kind))
(Kind, f"{ask()}{Kind}")
(Kind, sorted([1, 2], key=ask))
(Kind, list(map(ask, [1])))
(Kind, [Kind, 1, ask()][0:ask()])
"""


def test_inside_calls(midflight):
    """Asked from within calls, operators, iterations and descriptors, with the object on the stack below and among their inputs."""
    run(
        f"""
        class Kind:
            pass
        answers = []
        def ask(*args, **kwargs):
            answers.append(left(Kind))
            return 1
        class Asks:
            __lt__ = __add__ = __radd__ = __getitem__ = __call__ = __contains__ = __eq__ = lambda *args: ask()
            __len__ = lambda self: ask()
            __bool__ = lambda self: ask() == 1
            def __iter__(self):
                ask()
                return iter([1])
            @property
            def attribute(self):
                return ask()
            def __enter__(self):
                return ask()
            def __exit__(self, *args):
                ask()
        a = Asks()
        def statements(argument):
            with a:
                ask(argument)
            for _ in (argument, a):
                ask()
            try:
                raise ValueError(argument)
            except ValueError as error:
                ask(error)
            match a:
                case Asks(attribute=1):
                    ask()
            del argument
            ask()
        wrong = []
        for text in {EXPRESSIONS.strip().splitlines()!r}:
            code = compile(text, "x", "eval")
            for _ in range(20):
                answers.clear()
                eval(code)
                if not answers or any(answers):
                    wrong.append((text, answers[:]))
        answers.clear()
        for _ in range(20):
            statements(Kind)
        assert len(answers) >= 160 and not any(answers), answers
        assert not wrong, wrong[:10]
        """
    )


def test_the_answer_is_stable_and_costs_no_reference(midflight):
    run(
        """
        class Kind:
            pass
        held = [Kind, {Kind: 1}]
        before = sys.getrefcount(Kind)
        answers = [(sorted((e.holder_type, e.count) for e in x.references), x.left_over) for x in (midflight.explain(Kind) for _ in range(50))]
        assert sys.getrefcount(Kind) == before and all(answer == answers[0] for answer in answers[1:])
        """
    )
