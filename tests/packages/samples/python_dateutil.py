import datetime
import pickle

import dateutil.parser
import dateutil.relativedelta
import dateutil.rrule
import dateutil.tz
from dateutil.relativedelta import FR, relativedelta

START = datetime.datetime(2024, 1, 31)


class Info(dateutil.parser.parserinfo):
    JUMP = [*dateutil.parser.parserinfo.JUMP, "sharp"]


def hold():
    rule = dateutil.rrule.rrule(dateutil.rrule.WEEKLY, count=4, dtstart=START, byweekday=(FR,), cache=True)
    assert rule[0].weekday() == 4
    assert dateutil.parser.parse("2024-02-03T04:05:06Z").tzinfo is not None
    return (
        rule,
        relativedelta(months=1),
        dateutil.tz.tzutc(),
        dateutil.tz.tzoffset("X", 3600),
        dateutil.parser.parser(Info()),
        iter(rule),
        {FR: "f"},
        dateutil.parser.isoparser(),
    )


def use(held):
    rule, month, utc, offset, parser, running, days, iso = held
    assert rule.count() == 4 and next(running) == rule[0] and START + month == datetime.datetime(2024, 2, 29)
    assert utc is dateutil.tz.tzutc() and dateutil.tz.tzoffset("X", 3600) == offset and dateutil.tz.UTC == utc
    assert datetime.datetime(2024, 1, 1, tzinfo=offset).astimezone(utc).hour == 23
    assert parser.parse("10:20 sharp", default=START).hour == 10 and dateutil.parser.parse("3 May 2024").month == 5
    assert iso.isoparse("2024-02-03").day == 3 and days[FR] == "f" and FR(+1) == dateutil.relativedelta.FR(+1)
    assert pickle.loads(pickle.dumps(month)) == month and month * 2 == relativedelta(months=2)
