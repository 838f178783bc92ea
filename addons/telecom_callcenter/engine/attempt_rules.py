"""What becomes of a contact after a call: called again, when, on which number.

Pure: no ORM, no clock. Each status of a campaign has a :class:`Rule`, the campaign its
:class:`Limits`; a contact's past is a :class:`History`.
"""

from collections import namedtuple
from datetime import datetime, timedelta

from . import calling_hours

DONE, AGAIN, CALLBACK = "done", "again", "callback"

#: Results of calls that never reached the person's telephone: they are not counted with
#: what may be asked of a person in a day or altogether
UNHEARD = frozenset(("not_dialed", "network"))
#: Without a status of the campaign's own, a fault that lasts beyond its times is tried
#: again the next day, and ends no contact before so many days
UNHEARD_DAYS = 10

#: ``follow_up`` one of done, again, callback; ``times`` how often the status is tried
#: again; ``minutes`` how long after the end of the call; ``other_number`` whether the
#: person's next number goes first; ``drop_number`` whether the number dialed is wrong;
#: ``do_not_call`` whether the person refused further calls
Rule = namedtuple(
    "Rule",
    "follow_up times minutes other_number drop_number do_not_call",
    defaults=(DONE, 0, 0, False, False, False),
)
#: Attempts in a day of the contact's time zone, and altogether; 0 is without limit
Limits = namedtuple("Limits", "per_day total", defaults=(0, 0))
#: ``attempts`` and ``day_attempts`` as far as they count, ``status_attempts`` those
#: that ended with this status; the one that has just ended is among them. ``numbers``
#: begins with the one that was dialed.
History = namedtuple("History", "attempts day_attempts status_attempts numbers")
#: ``state`` of the contact: ready, callback, done, excluded; ``next_at`` naive UTC or
#: None; ``numbers`` in the order of trying; ``exclusion`` why it is not called
Outcome = namedtuple("Outcome", "state next_at numbers exclusion", defaults=(None,))

#: For results without a status of the campaign. 72 hours after a call that met no free
#: agent: Ofcom's revised statement on persistent misuse (2016), which allows earlier
#: calls only with an agent guaranteed.
DEFAULT_RULES = {
    "answered": Rule(),
    "abandoned": Rule(AGAIN, 2, 72 * 60),
    "machine": Rule(AGAIN, 3, 240),
    "refused": Rule(AGAIN, 2, 24 * 60),
    "busy": Rule(AGAIN, 5, 15),
    "no_answer": Rule(AGAIN, 3, 120, other_number=True),
    "wrong_number": Rule(AGAIN, 3, 0, drop_number=True),
    "network": Rule(AGAIN, 10, 15),
    "cancelled": Rule(AGAIN, 5, 30),
    "not_dialed": Rule(AGAIN, 20, 1),
    "interrupted": Rule(AGAIN, 3, 30),
}


def follow_up(rule, limits, history, ended_at, zone, hours=None, fault=False):
    """Decide what becomes of a contact whose call has ended.

    :param Rule rule: of the status the call ended with
    :param Limits limits: of the campaign
    :param History history: with the attempt that has just ended
    :param datetime ended_at: naive UTC
    :param zone: the contact's time zone, of pytz
    :param list hours: when the campaign calls, see
        :mod:`~odoo.addons.telecom_callcenter.engine.calling_hours`; None: always
    :param bool fault: of :data:`UNHEARD`, and without a status of the campaign's own
    :rtype: Outcome
    """
    numbers = tuple(history.numbers)
    if rule.do_not_call:
        return Outcome("excluded", None, numbers, "do_not_call")
    if rule.drop_number:
        # Kept at the end when it was the only one: a contact has a number
        numbers = numbers[1:] or numbers
        if len(history.numbers) < 2:
            return Outcome("done", None, numbers)
    elif rule.other_number:
        numbers = numbers[1:] + numbers[:1]
    if rule.follow_up == CALLBACK:
        # On the number on which it was promised
        return Outcome("callback", None, tuple(history.numbers))
    if rule.follow_up != AGAIN and not rule.drop_number:
        return Outcome("done", None, tuple(history.numbers))
    spent = history.status_attempts > rule.times and not rule.drop_number
    waits = spent and fault and history.status_attempts <= rule.times + UNHEARD_DAYS
    if (spent and not waits) or 0 < limits.total <= history.attempts:
        return Outcome("excluded", None, numbers, "attempts")
    next_at = ended_at + timedelta(minutes=rule.minutes)
    if waits or 0 < limits.per_day <= history.day_attempts:
        next_at = max(next_at, calling_hours.next_midnight(ended_at, zone))
    if hours is not None:
        # Beyond what is known of the hours, it is looked at again then
        next_at = calling_hours.next_open(hours, zone, next_at) or next_at
    return Outcome("ready", next_at, numbers)


def day_of(moment, zone):
    """Return the day that a moment (naive UTC) belongs to in a time zone of pytz."""
    return calling_hours.to_wall(moment, zone).date()


def count_attempt(attempts, day, day_attempts, result, ended_at: datetime, zone):
    """Return (attempts, day, attempts of that day) with one that has just ended.

    :param int attempts: before
    :param day: the day of ``day_attempts``, or None
    :param str result: of :data:`UNHEARD`, it does not count
    """
    today = day_of(ended_at, zone)
    before = day_attempts if day == today else 0
    more = 0 if result in UNHEARD else 1
    return attempts + more, today, before + more
