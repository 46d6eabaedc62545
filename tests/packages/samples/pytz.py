import copy
import datetime
import pickle

import pytz

WINTER = datetime.datetime(2020, 1, 15, 12)


def hold():
    berlin, utc = pytz.timezone("Europe/Berlin"), pytz.utc
    aware = berlin.localize(WINTER)
    assert aware.utcoffset() == datetime.timedelta(hours=1)
    return (
        berlin,
        utc,
        aware,
        pytz.FixedOffset(90),
        pickle.dumps(aware),
        {pytz.timezone("Asia/Tokyo"): "tokyo"},
        pytz.NonExistentTimeError,
    )


def use(held):
    berlin, utc, aware, fixed, pickled, table, error = held
    assert (
        pytz.timezone("Europe/Berlin") is berlin and utc is pytz.UTC and table[pytz.timezone("Asia/Tokyo")] == "tokyo"
    )
    summer = berlin.normalize(aware + datetime.timedelta(days=180))
    assert summer.utcoffset() == datetime.timedelta(hours=2) and summer.tzname() == "CEST"
    assert pickle.loads(pickled) == aware and pickle.loads(pickled).tzinfo is aware.tzinfo and copy.deepcopy(utc) is utc
    assert fixed is pytz.FixedOffset(90) and fixed.utcoffset(None) == datetime.timedelta(minutes=90)
    assert "Europe/Berlin" in pytz.country_timezones["de"] and pytz.country_names["de"] == "Germany"
    for call, raised in (
        (lambda: berlin.localize(datetime.datetime(2020, 3, 29, 2, 30), is_dst=None), error),
        (lambda: berlin.localize(datetime.datetime(2020, 10, 25, 2, 30), is_dst=None), pytz.AmbiguousTimeError),
        (lambda: pytz.timezone("No/Where"), pytz.UnknownTimeZoneError),
    ):
        try:
            call()
        except raised:
            continue
        raise AssertionError(raised)
