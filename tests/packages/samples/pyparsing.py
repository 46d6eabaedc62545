import pyparsing as pp


class Sum:
    def __init__(self, tokens):
        self.parts = [int(part) for part in tokens if part != "+"]


class Loud(pp.Regex):
    """An element of the program."""

    def postParse(self, instring, loc, tokenlist):
        return [token.upper() for token in tokenlist]


def grammar():
    number = pp.Word(pp.nums).setName("number")
    total = (number + pp.ZeroOrMore(pp.Literal("+") + number)).setParseAction(Sum)
    nested = pp.Forward()
    nested <<= pp.Group(pp.Suppress("(") + pp.ZeroOrMore(nested | Loud("[a-z]+")) + pp.Suppress(")"))
    return total, nested


def hold():
    total, nested = grammar()
    assert total.parseString("1 + 2")[0].parts == [1, 2]
    results = nested.parseString("(a (b) c)")
    pair = pp.Word(pp.alphas)("key") + pp.Suppress("=") + pp.Regex(r"\d+")("value").setParseAction(lambda t: int(t[0]))
    walk = pair.scanString("a=1 b=2")
    assert next(walk)[0]["value"] == 1
    return (
        total,
        nested,
        results,
        pair,
        walk,
        pp.infixNotation(pp.Word(pp.nums), [("-", 1, pp.opAssoc.RIGHT)]),
        pp.ParseException,
    )


def use(held):
    total, nested, results, pair, walk, infix, error = held
    assert total.parseString("4+5+6")[0].parts == [4, 5, 6] and isinstance(total, pp.ParserElement)
    assert results.asList() == [["A", ["B"], "C"]] == nested.parseString("(a (b) c)").asList()
    assert type(results) is pp.ParseResults and next(walk)[0].asDict() == {"key": "b", "value": 2} and not list(walk)
    assert infix.parseString("- - 3").asList() == [["-", ["-", "3"]]] and pp.Combine(pair) is not None
    assert pair.searchString("x=1,y=2").asList() == [["x", 1], ["y", 2]] and pp.alphas[:3] in ("ABC", "abc")
    try:
        nested.parseString("(a")
    except error as raised:
        assert isinstance(raised, pp.ParseBaseException) and raised.lineno == 1 and raised.loc == 2
    else:
        raise AssertionError("no error")
    assert (total | pair).parseString("k=9")["key"] == "k" and pp.Optional(pp.Literal("z")).parseString(
        "q"
    ).asList() == []
