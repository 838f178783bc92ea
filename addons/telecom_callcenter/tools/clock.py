"""Times as the desk and the gateway want them."""

from datetime import datetime, time

import pytz


def epoch(moment):
    """Seconds since 1970 (float) of a datetime in UTC without time zone, or False."""
    return moment.replace(tzinfo=pytz.UTC).timestamp() if moment else False


def from_epoch(seconds):
    """Datetime in UTC, without time zone and fractions, of seconds since 1970."""
    return datetime.fromtimestamp(int(seconds), pytz.UTC).replace(tzinfo=None)


def midnight(now, tz):
    """The last midnight in a time zone, as a datetime in UTC without time zone."""
    zone = pytz.timezone(tz or "UTC")
    today = pytz.UTC.localize(now).astimezone(zone).date()
    start = zone.localize(datetime.combine(today, time.min))
    return start.astimezone(pytz.UTC).replace(tzinfo=None)
