"""Tables with the keys of one that the release extends are no copies of it: the program's, and those of a class that is new."""

import lib


class Finnish:
    units = {
        "now": "nyt",
        "day": "päivä",
        "days": "{0} päivää",
        "week": "viikko",
        "year": "vuosi",
        "years": "{0} vuotta",
    }


def hold():
    return dict(Finnish.units), dict(lib.Swedish.units, now="straks")


def check(held, report):
    finnish, swedish = held
    assert "quarter" not in Finnish.units and "quarter" not in finnish and lib.phrase(Finnish.units, "day") == "päivä"
    assert "quarter" in lib.Swedish.units and swedish["quarter"] == "ett kvartal" and swedish["now"] == "straks"
    if report is not None:
        assert "quarter" not in lib.Danish.units and "quarter" not in lib.Flags.units
