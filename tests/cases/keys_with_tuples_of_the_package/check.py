"""Keys with a __hash__ that changed, made of a named tuple and an enumeration of the package: the new hash is asked of a stand-in.

What the import of the new version made is equal to keys of the old one, and lies in no table with them.
"""

import lib


def style(name, kind="PLAIN", bold=False):
    return lib.Style(lib.Color(name, lib.Kind[kind]), bold)


def hold():
    return {style("red"): 1, style("green", "BRIGHT"): 2, style("green", bold=True): 3, lib.RED: 4}, {style("blue")}


def check(held):
    table, styles = held
    assert len(table) == 3 and [table[style("red")], table[style("green", "BRIGHT")]] == [4, 2]
    assert table[style("green", bold=True)] == 3 and style("blue") in styles and style("green") not in styles
    assert lib.NAMES[style("red")] == "red" and lib.NAMES[style("green", "BRIGHT")] == "green"
    key = next(iter(styles))
    assert type(key) is lib.Style and type(key.color) is lib.Color and type(key.color.kind) is lib.Kind
