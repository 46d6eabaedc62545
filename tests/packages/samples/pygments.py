import pygments
import pygments.formatters
import pygments.lexers
import pygments.styles
import pygments.token
from pygments.filters import Filter
from pygments.lexer import RegexLexer
from pygments.style import Style

Mine = pygments.token.Token.Mine.Special


class Lexer(RegexLexer):
    name = "Mine"
    tokens = {"root": [(r"\w+", Mine), (r"\s+", pygments.token.Whitespace)]}


class Look(Style):
    styles = {pygments.token.Keyword: "bold", Mine: "italic"}


class Upper(Filter):
    def filter(self, lexer, stream):
        for kind, value in stream:
            yield kind, value.upper()


def hold():
    python = pygments.lexers.get_lexer_by_name("python")
    html = pygments.formatters.get_formatter_by_name("html", style=Look)
    assert "<span" in pygments.highlight("def f(): pass", python, html)
    lexer = Lexer()
    lexer.add_filter(Upper())
    return python, html, lexer, {pygments.token.Name: 1, Mine: 2}, pygments.styles.get_style_by_name("default")


def use(held):
    python, html, lexer, table, style = held
    text = pygments.highlight("def f(): return 'x'", python, html)
    assert '<span class="k">def</span>' in text and isinstance(python, pygments.lexers.PythonLexer)
    assert list(lexer.get_tokens("a b")) == [
        (Mine, "A"),
        (pygments.token.Whitespace, " "),
        (Mine, "B"),
        (pygments.token.Whitespace, "\n"),
    ]
    assert table[pygments.token.Token.Name] == 1 and table[pygments.token.Token.Mine.Special] == 2
    assert pygments.token.Name.Function in pygments.token.Name and style is pygments.styles.get_style_by_name("default")
    assert pygments.token.string_to_tokentype("Mine.Special") is Mine and Look.style_for_token(Mine)["italic"]
    assert "JSON" in [name for name, *_ in pygments.lexers.get_all_lexers()]
    assert pygments.lexers.guess_lexer_for_filename("x.c", "int a;").name == "C"
