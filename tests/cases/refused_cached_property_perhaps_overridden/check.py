"""The program sets the attribute somewhere, and the old function may not be called to compare: nobody can tell."""

import lib

EXPECT = "refused:attributes-added"


def hold():
    page, other = lib.Page(), lib.Page()
    page.title = "mine"
    assert other.title
    return page, other


def check(held):
    assert [page.title for page in held] == ["mine", "one"] and lib.LOG == ["title"]
