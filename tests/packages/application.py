"""The application of the package tests, run in the process under test (tests/support/child.py).

It imports every submodule of the distributions that can be imported, holds definitions and instances in every common way, upgrades,
writes down every namespace symbol by symbol, and then uses what it held.
"""

import functools
import hashlib
import importlib
import io
import json
import os
import re
import sys
import types

SETTINGS = json.loads(os.environ["MIDFLIGHT_TEST_PACKAGES"])
SITE = SETTINGS["site"] + "/"
IGNORED = {"__builtins__", "__cached__", "__warningregistry__", "__loader__", "__spec__"}


def sample_requests():
    import requests

    session = requests.Session()
    session.headers["x-test"] = "1"
    prepared = session.prepare_request(requests.Request("GET", "http://localhost/a?b=c", params={"d": "e"}))
    return session, prepared, requests.adapters.HTTPAdapter(), requests.get, requests.exceptions.ConnectionError


def use_requests(held):
    import requests

    session, prepared, adapter, get, error = held
    again = session.prepare_request(requests.Request("POST", prepared.url, json={"x": 1}))
    assert again.headers["x-test"] == "1" and prepared.url == "http://localhost/a?b=c&d=e"
    assert (
        isinstance(adapter, requests.adapters.BaseAdapter) and get is requests.get and error is requests.ConnectionError
    )
    assert type(session.get_adapter("http://localhost/")) is requests.adapters.HTTPAdapter


def sample_click():
    import click

    @click.group()
    @click.option("--count", default=1, type=click.INT)
    @click.pass_context
    def cli(ctx, count):
        ctx.obj = count

    @cli.command()
    @click.argument("name")
    @click.pass_obj
    def hello(count, name):
        click.echo(f"hello {name} " * count)

    return cli, hello


def use_click(held):
    import click
    from click.testing import CliRunner

    cli, hello = held
    done = CliRunner().invoke(cli, ["--count", "2", "hello", "world"])
    assert done.exit_code == 0 and done.output == "hello world hello world \n", (done.output, done.exception)
    assert isinstance(cli, click.Group) and type(hello) is click.Command


def sample_jinja2():
    import jinja2

    environment = jinja2.Environment(loader=jinja2.DictLoader({"base": "<{% block b %}{% endblock %}>"}))
    environment.filters["twice"] = lambda text: text + text
    return environment, jinja2.Undefined


def sample_jinja2_used():
    environment, undefined = sample_jinja2()
    environment.get_template("base").render()
    return environment, undefined


def use_jinja2(held):
    import jinja2

    environment, undefined = held
    template = environment.from_string("{% extends 'base' %}{% block b %}{{ x|upper|twice }}{% endblock %}")
    assert template.render(x="a") == "<AA>" and environment.from_string("{{ 1 + 1 }}{{ nothing }}").render() == "2"
    assert type(environment) is jinja2.Environment and undefined is jinja2.Undefined


def sample_flask():
    import flask
    import werkzeug.routing

    app = flask.Flask("sample")
    app.testing = True

    @app.route("/<int:n>")
    def page(n):
        return flask.jsonify(n=n, path=flask.request.path)

    return app, werkzeug.routing.Map([werkzeug.routing.Rule("/a", endpoint="a")]), flask.request


def use_flask(held):
    import flask

    app, table, request = held
    answer = app.test_client().get("/5")
    assert answer.status_code == 200 and answer.json == {"n": 5, "path": "/5"}
    assert table.bind("localhost").match("/a") == ("a", {})
    assert type(app) is flask.Flask
    assert request is flask.request


def sample_attrs():
    import attr
    import attrs

    return attr.Factory(list), attrs.validators.instance_of(int), attr.NOTHING, attrs.exceptions.FrozenInstanceError


def use_attrs(held):
    import attr
    import attrs

    factory, validator, nothing, frozen = held[:4]

    @attrs.define
    class Point:
        x: int = attrs.field(validator=validator)
        y: list = factory

    @attr.s(frozen=True)
    class Old:
        a = attr.ib(default=nothing)

    assert attr.asdict(Point(1)) == {"x": 1, "y": []} and attr.evolve(Point(1), x=5).x == 5
    for call, error in ((lambda: Point("no"), TypeError), (lambda: setattr(Old(1), "a", 2), frozen)):
        try:
            call()
        except error:
            continue
        raise AssertionError(error)
    for kept, instance in held[4:]:
        assert (
            kept(1) == instance
            and isinstance(attr.fields(kept).x, attr.Attribute)
            and attr.asdict(instance) == {"x": 1}
        )


def sample_attrs_used():
    import attrs

    @attrs.define
    class Kept:
        x: int = attrs.field(default=attrs.NOTHING)

    return *sample_attrs(), (Kept, Kept(1))


def sample_packaging():
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    return (
        [Version("1.0"), Version("2.0a1")],
        SpecifierSet(">=1,<2"),
        Requirement("a[b]>=1; python_version > '3'"),
        {Version("3"): "three"},
    )


def use_packaging(held):
    from packaging.version import Version

    versions, specifier, requirement, keyed = held
    assert versions[0] < versions[1] < Version("2.0") and versions[0] in specifier and Version("2") not in specifier
    assert requirement.extras == {"b"} and requirement.marker.evaluate() and keyed[Version("3")] == "three"


def sample_tomlkit():
    import tomlkit

    return tomlkit.parse("a = 1 # one\n[t]\nb = [1, 2]\n"), tomlkit.table(), tomlkit.exceptions.ParseError


def use_tomlkit(held):
    import tomlkit

    document, table, error = held
    document["c"] = table
    table["d"] = "x"
    assert tomlkit.parse(tomlkit.dumps(document)).unwrap() == {"a": 1, "t": {"b": [1, 2]}, "c": {"d": "x"}}
    try:
        tomlkit.parse("= 1")
    except error:
        pass
    else:
        raise AssertionError("no error")


def sample_networkx():
    import networkx

    graph, directed = networkx.Graph(), networkx.DiGraph()
    graph.add_edge(1, 2)
    graph.add_edge(2, 3)
    return graph, directed, graph.adj, graph.degree, networkx.shortest_path


def sample_networkx_used():
    held = sample_networkx()
    held[4](held[0], 1, 3)
    return held


def use_networkx(held):
    import networkx

    graph, directed, adjacency, degree, path = held
    assert path(graph, 1, 3) == [1, 2, 3] and dict(degree) == {1: 1, 2: 2, 3: 1} and list(adjacency[2]) == [1, 3]
    assert networkx.pagerank is not None and type(directed) is networkx.DiGraph and networkx.is_connected(graph)


def sample_rich():
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("a", "b")
    table.add_row("1", Text("2", style="bold"))
    return (
        Console(file=io.StringIO(), width=40, force_terminal=False, color_system=None),
        table,
        Text.from_markup("[red]x[/red]"),
    )


def use_rich(held):
    from rich.console import Console

    console, table, text = held
    console.print(table, text)
    assert "1" in console.file.getvalue() and type(console) is Console and text.plain == "x"


def import_all(names):
    """Imports what can be imported, in order; the names that could."""
    done = []
    for name in names:
        try:
            importlib.import_module(name)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
        else:
            done.append(name)
    return done


def owned():
    """name -> module for what is loaded from the site directory."""
    return {
        name: module
        for name, module in sorted(sys.modules.items())
        if isinstance(module, types.ModuleType) and str(module.__dict__.get("__file__", "")).startswith(SITE)
    }


def hold_everything():
    """Every function and class of every module: in a list, as keys, in tuples, partials and bound methods."""
    held = {"list": [], "keys": {}, "tuples": [], "partials": [], "methods": []}
    for module in owned().values():
        for name, value in list(module.__dict__.items()):
            if (
                not isinstance(value, (types.FunctionType, type))
                or str(getattr(value, "__module__", "")) not in sys.modules
            ):
                continue
            if not str(getattr(sys.modules[value.__module__], "__file__", "")).startswith(SITE):
                continue
            held["list"].append(value)
            held["keys"][value] = name
            held["tuples"].append((name, value))
            held["partials"].append(functools.partial(value))
            if isinstance(value, types.FunctionType):
                held["methods"].append(types.MethodType(value, name))
    return held


def check_held(held):
    """What is held is what the modules now have."""
    wrong = []
    modules = owned()
    for value in [
        *held["list"],
        *held["keys"],
        *(v for _, v in held["tuples"]),
        *(p.func for p in held["partials"]),
        *(m.__func__ for m in held["methods"]),
    ]:
        module = modules.get(value.__module__)
        if module is None or "<" in value.__qualname__:
            continue
        current = module
        for part in value.__qualname__.split("."):
            current = getattr(current, "__dict__", {}).get(part)
        if any(value is symbol for symbol in module.__dict__.values()):
            continue  # a copy of a function under another name keeps the first one's qualified name
        if isinstance(current, (types.FunctionType, type)) and current is not value and current.__module__ in modules:
            wrong.append(f"{value.__module__}.{value.__qualname__}")
    for key in list(held["keys"]):
        if key not in held["keys"]:
            wrong.append(f"key {key.__module__}.{key.__qualname__} is not found")
    return sorted(set(wrong))


def describe(value, depth=0):
    """A symbol as text that is the same in every process that has the same definition."""
    if isinstance(value, types.FunctionType):
        code = value.__code__
        return (
            f"function {value.__module__}.{value.__qualname__} {hashlib.sha256(code.co_code).hexdigest()[:12]} {code.co_names} "
            f"{code.co_varnames} {describe(value.__defaults__, depth + 1)} {describe(value.__kwdefaults__, depth + 1)}"
        )
    if isinstance(value, type):
        return f"class {value.__module__}.{value.__qualname__}"
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if value is None or type(value) in (int, float, complex, bool, str, bytes):
        return clean(repr(value))
    if depth < 4 and type(value) in (tuple, list):
        return f"{type(value).__name__}({', '.join(describe(item, depth + 1) for item in value)})"
    if depth < 4 and type(value) in (set, frozenset):
        return f"{type(value).__name__}({', '.join(sorted(describe(item, depth + 1) for item in value))})"
    if depth < 4 and type(value) is dict:
        items = (f"{describe(key, depth + 1)}: {describe(item, depth + 1)}" for key, item in value.items())
        return f"dict({', '.join(sorted(items))})"  # the order is that of the imports, and nobody's definition
    if isinstance(value, re.Pattern):
        return f"pattern {value.pattern!r} {value.flags}"
    if isinstance(value, (property, classmethod, staticmethod)):
        parts = (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value.__func__,)
        return f"{type(value).__name__}({', '.join(describe(part, depth + 1) for part in parts)})"
    return f"instance of {type(value).__module__}.{type(value).__qualname__}"


def clean(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text.replace(SITE, "SITE/").replace(os.getcwd(), "WORK"))


def namespaces():
    """module -> symbol -> description; classes of the module with all their attributes."""
    found = {}
    for name, module in owned().items():
        symbols = {key: describe(value) for key, value in module.__dict__.items() if key not in IGNORED}
        for key, value in list(module.__dict__.items()):
            if isinstance(value, type) and type.__dict__["__module__"].__get__(value) == name:
                symbols[key] += " bases " + ", ".join(describe(base) for base in value.__mro__[1:])
                for attribute, part in type.__dict__["__dict__"].__get__(value).items():
                    if attribute not in (
                        "__dict__",
                        "__weakref__",
                        "_abc_impl",
                        "__static_attributes__",
                        "__firstlineno__",
                    ):
                        symbols[f"{key}.{attribute}"] = describe(part)
        found[name] = symbols
    return found


def main(upgrade, result):
    result["imported"] = import_all(SETTINGS["import"])
    if SETTINGS["fresh"]:
        result["namespaces"] = namespaces()
        return
    result["loaded"] = list(owned())
    held = hold_everything()
    result["held"] = len(held["list"])
    sample = globals()["sample_" + SETTINGS["sample"]]()
    report = upgrade()
    if report is not None:
        result["namespaces"] = namespaces()
        result["wrong"] = check_held(held)
    globals()["use_" + SETTINGS["group"]](sample)
