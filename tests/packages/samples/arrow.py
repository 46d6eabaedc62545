import arrow
from arrow import locales


class Toy(locales.EnglishLocale):
    """A language of the program's own, with a table that has the same keys."""

    names = ["toy"]
    timeframes = dict(locales.EnglishLocale.timeframes, hours="{0} toys")


def hold():
    when = arrow.get("2024-02-29T12:30:00+02:00")
    return when, when.shift(hours=-3), arrow.Arrow.range("day", when.datetime, limit=3), arrow.parser.DateTimeParser()


def use(held):
    when, before, days, parser = held
    assert isinstance(before, arrow.Arrow) and before < when and len(list(days)) == 3
    assert before.humanize(when, locale="toy") == "3 toys ago" and before.humanize(when) == "3 hours ago"
    assert when.to("utc").format("YYYY-MM-DD HH:mm") == "2024-02-29 10:30" and before.humanize(when, locale="fa")
    assert parser.parse("2024-02-29", "YYYY-MM-DD").day == 29 and isinstance(locales.get_locale("toy"), Toy)
