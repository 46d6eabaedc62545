"""imports and instructions: what a code object imports by name, stores in globals, sets on self, reads as attributes."""

import ast
import os
import sysconfig
import textwrap
import warnings

import pytest

testing = pytest.importorskip("midflight._testing")


def code(source):
    return compile(textwrap.dedent(source), "x.py", "exec")


def function(source):
    space = {}
    exec(code(source), space)
    return space["f"].__code__


def test_imports_of():
    assert testing.imports_of(
        code(
            """
            import a, b.c
            from m import one, two as three
            from .p import four
            from .. import five as six
            from q.r import *
            if one:
                from s import seven
            try:
                from t import eight
            except ImportError:
                eight = None
            def f():
                global nine, ten
                from u import nine, local
                from u import also_local
                ten = 10
                import v
            class K:
                from w import method
            """
        )
    ) == [
        (0, "m", "one", "one"),
        (0, "m", "two", "three"),
        (1, "p", "four", "four"),
        (2, "", "five", "six"),
        (0, "q.r", "*", "*"),
        (0, "s", "seven", "seven"),
        (0, "t", "eight", "eight"),
        (0, "u", "nine", "nine"),
    ]


def test_many_names():
    """More names than fit into one argument byte."""
    names = [f"name{i}" for i in range(600)]
    found = testing.imports_of(code(f"from m import {', '.join(names)}\n"))
    assert found == [(0, "m", name, name) for name in names]


def expected_imports(tree):
    """By the syntax tree: at module level, in any statement but function and class, and not below `if False:`."""
    found = []

    def visit(node):
        never = isinstance(node, ast.If) and isinstance(node.test, ast.Constant) and not node.test.value
        for child in node.orelse if never else ast.iter_child_nodes(node):
            if isinstance(child, ast.ImportFrom) and child.module != "__future__":
                for alias in child.names:
                    bound = "*" if alias.name == "*" else alias.asname or alias.name
                    found.append((child.level, child.module or "", alias.name, bound))
            elif not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                visit(child)

    visit(tree)
    return found


def test_the_standard_library_agrees_with_its_syntax_trees():
    top = sysconfig.get_path("stdlib")
    total = 0
    folders = [top, *(os.path.join(top, name) for name in ("asyncio", "email", "http", "json", "logging"))]
    paths = [os.path.join(folder, name) for folder in folders for name in os.listdir(folder)]
    warnings.simplefilter("ignore")
    for path in sorted(paths)[::2]:
        if not path.endswith(".py"):
            continue
        with open(path, "rb") as file:
            source = file.read()
        expected = expected_imports(ast.parse(source))
        compiled = compile(source, path, "exec", optimize=0)
        found = [entry for entry in testing.imports_of(compiled) if entry[1] != "__future__"]
        assert [entry for entry in expected if entry not in found] == [], path
        total += len(expected)
    assert total > 150


PLAIN, RESULT = 1, 2


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("x = 1", PLAIN),
        ("x = a", PLAIN),
        ("x = x + 1", PLAIN),
        ("x += 1", PLAIN),
        ("x = a()", RESULT),
        ("x = a(1, k=2)", RESULT),
        ("x = a(*[1])", RESULT),
        ("x = y = a()", RESULT),
        ("x = a.b(c)", RESULT),
        ("x = a() + 1", PLAIN),
        ("x = a()\n    x = None", PLAIN | RESULT),
        ("y = a()", 0),
        ("x.y = 1", 0),
        ("pass", 0),
    ],
)
def test_stores_of_a_global(statement, kinds):
    assert testing.global_stores(code(f"def f(a):\n    global x\n    {statement}\n"), "x") == kinds
    assert testing.global_stores(code(f"def f(a):\n    {statement}\n"), "x") == 0, "a local"
    deep = textwrap.indent(f"def g():\n    global x\n    {statement}\n", " " * 8)
    assert testing.global_stores(code(f"class K:\n    def f(self, a):\n{deep}"), "x") == kinds


def test_stores_on_self():
    source = """
    def f(self, other, a=1):
        self.one = a
        self.two, self.three = a, 2
        if other:
            self.four: int = 5
        other.no = self.read
        self.deep.no = 1
        self.five = self.six = other
        for self.seven in other:
            pass
        with other as self.eight:
            pass
        self.nine += 1
    """
    found = testing.self_stores(function(source))
    assert {"one", "two", "three", "four", "five", "six", "seven", "eight"} <= found and not found & {
        "no",
        "read",
        "deep",
    }
    assert testing.self_stores(function("def f():\n    x.y = 1\n")) == set()


def test_reads_of_attributes():
    source = """
    def f(self, a):
        self.stored = a.one
        a.two()
        a.three.four
        def g():
            return [x.five for x in a], super().six, lambda: a.seven
        del a.deleted
        return getattr(a, "eight")
    """
    found = testing.attribute_reads(function(source))
    assert {"one", "two", "three", "four", "five", "seven"} <= found and not found & {"stored", "deleted", "eight"}
    method = code("class K:\n    def f(self):\n        return super().six.nine\n")
    assert {"six", "nine"} <= testing.attribute_reads(method)
