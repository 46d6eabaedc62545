import bs4
import bs4.builder
import bs4.formatter

HTML = '<html><body><p class="a b" id="x">one <b>two</b></p><p>three<!--note--></p></body></html>'


class Link(bs4.Tag):
    """A tag of the program."""

    def shout(self):
        return self.get_text().upper()


def hold():
    soup = bs4.BeautifulSoup(HTML, "html.parser", element_classes={bs4.Tag: Link})
    first = soup.p
    assert first["class"] == ["a", "b"] and first.shout() == "ONE TWO"
    strainer = bs4.SoupStrainer("b")
    walk = soup.descendants
    assert next(walk).name == "html"
    return (
        soup,
        first,
        soup.find_all("p"),
        strainer,
        walk,
        soup.find(string="two"),
        bs4.formatter.HTMLFormatter(indent=3),
    )


def use(held):
    soup, first, found, strainer, walk, text, formatter = held
    assert type(first) is Link and isinstance(first, bs4.Tag) and isinstance(found, bs4.ResultSet) and len(found) == 2
    assert [node.name for node in walk if isinstance(node, bs4.Tag)] == ["body", "p", "b", "p"]
    assert soup.select_one("p#x > b").string is text and type(text) is bs4.NavigableString and text.parent.name == "b"
    first.b.replace_with("2")
    fresh = soup.new_tag("i")
    fresh.string = "new"
    found[1].insert(0, fresh)
    assert (
        str(found[1]) == "<p><i>new</i>three<!--note--></p>"
        and first.get_text() == "one 2"
        and "<p" in soup.prettify(formatter=formatter)
    )
    assert isinstance(found[1].contents[-1], bs4.Comment) and soup.find("p", class_="b") is first
    assert str(bs4.BeautifulSoup(HTML, "html.parser", parse_only=strainer)) == "<b>two</b>"
    assert bs4.builder.builder_registry.lookup("html.parser") is not None and soup.builder.features
