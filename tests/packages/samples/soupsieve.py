import copy
import pickle

import bs4
import soupsieve

HTML = '<div id="d"><p class="a" lang="de">one</p><p>two <b>x</b></p><input disabled></div>'


def hold():
    soup = bs4.BeautifulSoup(HTML, "html.parser")
    chosen = soupsieve.compile("p:is(.a, :has(> b)), :--own", custom={":--own": "input:disabled"})
    assert len(chosen.select(soup)) == 3
    walk = soupsieve.iselect("p", soup)
    assert next(walk).string == "one"
    return soup, chosen, walk, {soupsieve.compile("p.a"): "a"}, pickle.dumps(chosen), soupsieve.SelectorSyntaxError


def use(held):
    soup, chosen, walk, table, pickled, error = held
    assert [node.name for node in chosen.select(soup)] == ["p", "p", "input"] and type(chosen) is soupsieve.SoupSieve
    assert next(walk).b.string == "x" and not list(walk) and table[soupsieve.compile("p.a")] == "a"
    assert pickle.loads(pickled) == chosen == copy.copy(chosen) and soupsieve.compile("p.a") is soupsieve.compile("p.a")
    assert soup.select_one("p:lang(de)").string == "one" and soupsieve.closest("#d", soup.b)["id"] == "d"
    assert (
        soupsieve.match("b:only-child", soup.b)
        and not soupsieve.match("p + p", soup.p)
        and soupsieve.escape("1a") == "\\31 a"
    )
    assert [node.name for node in soupsieve.filter("p:nth-child(even)", soup.div)] == ["p"]
    try:
        soupsieve.compile("p:never(")
    except error as raised:
        assert isinstance(raised, soupsieve.SelectorSyntaxError) and raised.line == 1
    else:
        raise AssertionError("no error")
