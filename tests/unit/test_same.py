"""same: two code objects are the same program wherever their lines are, and no other."""

import random
import types

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

testing = pytest.importorskip("midflight._testing")


def code_of(source, name="f", file="x.py"):
    """The code of the function of that name in a source."""
    for constant in compile(source, file, "exec").co_consts:
        if isinstance(constant, types.CodeType) and constant.co_name == name:
            return constant
    raise LookupError(name)


def same(left, right):
    answers = {testing.same_code(left, right), testing.same_code(right, left)}
    assert len(answers) == 1, "it depends on the order"
    return answers.pop()


BASE = "def f(a, b=1, *c, d, **e):\n    'text'\n    x = a.b + d\n    return [x, b, lambda: x, {1, 2} & {a}, 0.0]\n"


@pytest.mark.parametrize(
    "other",
    [
        BASE,
        "\n\n\n" + BASE,
        BASE.replace("x = a.b", "\n    x = a.b"),
        BASE.replace("x = a.b", "# a comment\n    x = a.b"),
        BASE.replace("b=1", "b=2"),  # a default is the function's
        "class K:\n    pass\n" + BASE,
    ],
)
def test_same(other):
    assert same(code_of(BASE), code_of(other)) and same(code_of(BASE), code_of(other, file="elsewhere.py"))


@pytest.mark.parametrize(
    "change",
    [
        ("+ d", "- d"),
        ("a.b", "a.c"),
        ("'text'", "'other'"),
        ("x", "y"),
        ("lambda: x", "lambda: (x, 1)"),
        ("0.0", "-0.0"),
        ("0.0", "0"),
        ("0.0", "False"),
        ("{1, 2} & {a}", "a in {1, 2}"),
        ("(a, b=1, *c, d, **e)", "(a, b=1, *, c=0, d, **e)"),
        ("(a, b=1, *c, d, **e)", "(a, /, b=1, *c, d, **e)"),
        ("(a, b=1, *c, d, **e)", "(a, b=1, *e, d, **c)"),
        ("return [x", "yield [x"),
        ("    x = a.b + d\n", "    try:\n        x = a.b + d\n    finally:\n        pass\n"),
    ],
)
def test_not_same(change):
    assert change[0] in BASE and not same(code_of(BASE), code_of(BASE.replace(*change)))


@pytest.mark.parametrize(
    "pair",
    [
        ("1", "1.0"),
        ("1", "True"),
        ("0.0", "-0.0"),
        ("0j", "-0j"),
        ("(1, 2)", "(1, 2.0)"),
        ("(1, (2, 3))", "(1, (2, True))"),
        ("'a'", "b'a'"),
        ("a in {1, 2}", "a in {1, True}"),
        ("a in {1, 2}", "a in {1, 2.0}"),
        ("a in (1, 2)", "a in {1, 2}"),
        ("lambda: 1", "lambda: True"),
        ("...", "None"),
    ],
)
def test_constants_are_compared_with_their_types(pair):
    left, right = (code_of(f"def f(a=0):\n    return {text}\n") for text in pair)
    assert not same(left, right) and same(left, left)


def test_nan_and_sets_in_another_order():
    left, right = (
        code_of(f"def f(a):\n    return a in {{{', '.join(map(repr, items))}}}, 1e999 - 1e999\n") for items in orders()
    )
    assert same(left, right)
    nan = code_of("def f():\n    return 5\n")
    values = (None, float("nan"))
    assert same(nan.replace(co_consts=values), nan.replace(co_consts=(None, float("nan"))))


def orders():
    names = [f"name{i}" for i in range(50)]
    shuffled = list(names)
    random.Random(1).shuffle(shuffled)
    return names, shuffled


def test_closures():
    source = "def f(a):\n    b = 1\n    def g():\n        return a, b\n    return g\n"
    assert same(code_of(source), code_of(source)) and not same(
        code_of(source), code_of(source.replace("return a, b", "return b, a"))
    )
    assert not same(code_of(source), code_of(source.replace("return a, b", "return a, a")))


STATEMENTS = [
    "x = 1",
    "x = a.b",
    "y = x if a else b",
    "for i in a: b(i)",
    "del x",
    "return lambda: a",
    "with a: b()",
    "x = [a, *b]",
    "yield a",
]


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=8),
    st.integers(0, 30),
    st.integers(0, 7),
    st.sampled_from(STATEMENTS),
)
def test_any_program(body, lines, at, other):
    """Moved by some lines it is the same; with one statement exchanged it is the same if and only if that is the same statement."""
    at %= len(body)
    changed = [*body[:at], other, *body[at + 1 :]]

    def code(statements, before=0):
        return code_of("\n" * before + "def f(a, b, x=0):\n" + "".join(f"    {s}\n" for s in statements))

    assert same(code(body), code(body, lines))
    reachable = not any(statement.startswith("return") for statement in body[:at])
    if other != body[at] and reachable:
        assert not same(code(body), code(changed))


def test_how_annotations_are_compiled_is_no_difference():
    source = "def f(a: int):\n    return a\n"
    assert same(code_of(source), code_of("from __future__ import annotations\n" + source))
