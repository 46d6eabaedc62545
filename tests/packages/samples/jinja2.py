import jinja2
import jinja2.ext
import jinja2.nodes


class Twice(jinja2.ext.Extension):
    tags = {"twice"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        value = parser.parse_expression()
        return jinja2.nodes.Output([value, value], lineno=line)


class Undefined(jinja2.Undefined):
    def __str__(self):
        return "?"


def hold():
    loader = jinja2.DictLoader(
        {"base": "<{% block b %}{% endblock %}>", "m": "{% macro f(x) %}[{{ x }}]{% endmacro %}"}
    )
    environment = jinja2.Environment(loader=loader, extensions=[Twice], undefined=Undefined)
    environment.filters["double"] = lambda text: text + text
    template = environment.from_string("{% from 'm' import f %}{{ f(x)|e }}{% twice x %}{{ nope }}")
    assert template.render(x=1) == "[1]11?", template.render(x=1)
    jinja2.defaults.DEFAULT_NAMESPACE["mf"] = "global"
    stream = environment.from_string("{% for i in range(3) %}{{ i }}{% endfor %}").generate()
    assert next(stream) == "0"
    return environment, template, environment.get_template("base"), stream, jinja2.TemplateNotFound


def use(held):
    environment, template, base, stream, missing = held
    assert template.render(x=2) == "[2]22?" and "".join(stream) == "12" and environment.get_template("base") is base
    text = "{% extends 'base' %}{% block b %}{{ x|upper|double }}{{ 'a,b'|replace(',', '-') }}{% endblock %}"
    assert environment.from_string(text).render(x="a") == "<AAa-b>" and type(environment) is jinja2.Environment
    assert jinja2.Environment().from_string("{{ mf }}").render() == "global" and environment.extensions
    assert jinja2.defaults.DEFAULT_NAMESPACE.pop("mf") == "global"
    try:
        environment.get_template("none")
    except missing as error:
        assert isinstance(error, jinja2.TemplateError)
    else:
        raise AssertionError("no error")
