class Swedish:
    units = {
        "now": "nu",
        "day": "en dag",
        "days": "{0} dagar",
        "week": "en vecka",
        "year": "ett år",
        "years": "{0} år",
        "quarter": "ett kvartal",
    }


class Danish:
    units = {"now": "nu", "day": "en dag", "days": "{0} dage", "week": "en uge", "year": "et år", "years": "{0} år"}


class Flags:
    """As many keys, and values that every process has once."""

    units = {"now": "nu", "day": None, "days": None, "week": True, "year": False, "years": 0}


def phrase(units, name):
    return units[name]
