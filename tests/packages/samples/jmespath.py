import jmespath
import jmespath.functions


class Own(jmespath.functions.Functions):
    @jmespath.functions.signature({"types": ["string"]})
    def _func_twice(self, text):
        return text * 2


def hold():
    compiled = jmespath.compile("a[?b > `1`].c | [0]")
    options = jmespath.Options(custom_functions=Own())
    assert jmespath.search("twice(a)", {"a": "x"}, options=options) == "xx"
    return compiled, options, jmespath.search, jmespath.parser.Parser()


def use(held):
    compiled, options, search, parser = held
    assert compiled.search({"a": [{"b": 1, "c": 2}, {"b": 2, "c": 3}]}) == 3
    assert search("twice(sort(a)[0])", {"a": ["z", "y"]}, options=options) == "yy" and search is jmespath.search
    assert parser.parse("a.b").search({"a": {"b": 1}}) == 1 and type(compiled) is jmespath.parser.ParsedResult
    try:
        search("length(a)", {"a": 1})
    except jmespath.exceptions.JMESPathTypeError:
        pass
    else:
        raise AssertionError("no error")
