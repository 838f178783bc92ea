"""What an operator pays for its modules, and what happens when it does not.

Decisions without a database. An operator pays in arrears: each month is invoiced on the
first day of the next one, due a week later. All days are counted from the due date D of
the oldest unpaid invoice, as Kill Bill's overdue system and Stripe's ``send_invoice``
do.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

ONE_DAY = timedelta(days=1)

#: Days before the end of a trial at which its end is announced
TRIAL_NOTICE_DAYS = 3
#: Complaints of the operator's own customers are answered whatever it owes
NEVER_RESTRICTED = frozenset({"claims"})
#: Days that a pause lasts at most
LONGEST_PAUSE = 184
#: States in which nothing works and nothing is charged
CLOSED_STATES = ("suspended", "closed", "purged")


@dataclass(frozen=True)
class Calendar:
    """The days of a subscription; all but the first three are counted from D.

    :param trial: days in which nothing is charged
    :param due: days between an invoice and its due date
    :param price_notice: days before its first day at which a price must be known
    :param no_new: from then on no module can be added
    :param restricted: unpaid modules become read-only
    :param suspended: nothing works but the way to pay
    :param closed: an export is offered
    :param purged: accounts and hosts are closed for good
    :raises ValueError: naming the field that stands out of order
    """

    trial: int = 14
    due: int = 7
    price_notice: int = 30
    no_new: int = 10
    restricted: int = 14
    suspended: int = 21
    closed: int = 90
    purged: int = 180

    def __post_init__(self):
        for name in ("trial", "due", "price_notice"):
            if getattr(self, name) < 0:
                raise ValueError(name)
        # A warning goes before each step, and two before the last one
        former = 1
        for name, gap in (
            ("no_new", 2),
            ("restricted", 2),
            ("suspended", 2),
            ("closed", 2),
            ("purged", 31),
        ):
            if getattr(self, name) < former + gap:
                raise ValueError(name)
            former = getattr(self, name)

    @property
    def states(self):
        """First day after D on which a state holds, the hardest one first."""
        return (
            (self.purged, "purged"),
            (self.closed, "closed"),
            (self.suspended, "suspended"),
            (self.restricted, "restricted"),
            (1, "past_due"),
        )

    @property
    def steps(self):
        """Days from D on which the operator is written to."""
        return (
            (-self.due, "invoice"),
            (0, "due"),
            (1, "past_due"),
            (self.no_new - 1, "reminder"),
            (self.no_new, "no_new_modules"),
            (self.restricted - 1, "before_restriction"),
            (self.restricted, "restricted"),
            (self.suspended - 1, "before_suspension"),
            (self.suspended, "suspended"),
            (self.closed, "closed"),
            (self.purged - 30, "before_purge"),
            (self.purged - 7, "last_before_purge"),
            (self.purged, "purged"),
        )


#: Unless the platform sets others
STANDARD = Calendar()


def state_on(day, trial_until, due, calendar=STANDARD, paused=False):
    """Return the state of a subscription.

    :param datetime.date day: today
    :param trial_until: last day of the trial, or None
    :param due: due date of the oldest unpaid invoice, or None: nothing is owed
    :param bool paused: the operator asked for a pause on that day
    :return: ``trial``, ``active``, ``paused``, ``past_due``, ``restricted``,
        ``suspended``, ``closed``, ``purged``
    :rtype: str
    """
    if due:
        late = (day - due).days
        for days, state in calendar.states:
            if late >= days:
                return state
    if trial_until and day <= trial_until:
        return "trial"
    return "paused" if paused else "active"


def pause_spans(asked):
    """Return the days of an operator's pauses.

    :param asked: [(first day, last day)] of each pause in order, or (day, None): the
        operator is back on that day
    :return: [(first day, last day)]
    :rtype: list
    """
    found = []
    for first, last in asked:
        if last:
            found.append((first, last))
        elif found and first <= found[-1][1]:
            since, _last = found.pop()
            if since < first:
                found.append((since, first - ONE_DAY))
    return found


def may_add(day, due, calendar=STANDARD):
    """Tell whether modules can be switched on, with an invoice due on a day."""
    return not due or (day - due).days < calendar.no_new


def pending_step(day, due, done, calendar=STANDARD):
    """Return what the operator has to be told about an unpaid invoice, or None.

    The last step that was reached counts: after an outage nobody gets five letters at
    once, and a clock that was put back tells nothing twice.

    :param datetime.date day: today
    :param datetime.date due: of the invoice
    :param done: steps that were carried out
    :rtype: str or None
    """
    order = [step for _days, step in calendar.steps]
    reached = [step for days, step in calendar.steps if (day - due).days >= days]
    if not reached:
        return None
    last = max((order.index(step) for step in done if step in order), default=-1)
    return reached[-1] if order.index(reached[-1]) > last else None


def next_step(day, due, calendar=STANDARD):
    """Return (day, step) of what comes next if nothing is paid, or None."""
    for days, step in calendar.steps:
        when = due + timedelta(days=days)
        if when > day:
            return when, step
    return None


def required(codes, needs):
    """Return modules and whatever they need.

    :param codes: of modules
    :param dict needs: {module: modules it needs directly}
    :rtype: set
    """
    found, pending = set(), list(codes)
    while pending:
        code = pending.pop()
        if code not in found:
            found.add(code)
            pending.extend(needs.get(code, ()))
    return found


def dependent(code, codes, needs):
    """Return those of some modules that cannot work without one, itself excluded."""
    return {
        other for other in codes if other != code and code in required([other], needs)
    }


def module_states(state, subscribed, unpaid, catalogue, needs, paused=False):
    """Return how far each module is open, or None: as the platform has set them.

    Only what is on an overdue invoice becomes read-only: whatever else was paid, and
    what that needs, works on.

    :param str state: of the subscription
    :param subscribed: modules the operator has today
    :param unpaid: modules on overdue invoices
    :param catalogue: all modules
    :param dict needs: {module: modules it needs directly}
    :param bool paused: nothing is charged today: read-only, whatever is owed besides
    :return: {module: ``on``, ``readonly`` or ``off``}
    :rtype: dict or None
    """
    if state == "trial":
        return None
    if state in CLOSED_STATES:
        return dict.fromkeys(catalogue, "off")
    subscribed = required(subscribed, needs)
    if paused or state == "paused":
        return {code: "readonly" if code in subscribed else "off" for code in catalogue}
    limited = set()
    if state == "restricted":
        free = (subscribed - set(unpaid)) | (subscribed & NEVER_RESTRICTED)
        limited = subscribed - required(free, needs)
    return {
        code: "off"
        if code not in subscribed
        else "readonly"
        if code in limited
        else "on"
        for code in catalogue
    }


# ----------------------------------------------------------------
# Charges
# ----------------------------------------------------------------


@dataclass(frozen=True)
class Price:
    """A monthly price.

    :param key: of what is priced, such as ``("module", 4)``
    :param amount: a month, without taxes
    :param modules: codes it pays for; a bundle counts when the operator has all of them
    """

    key: tuple
    amount: Decimal
    modules: frozenset


@dataclass(frozen=True)
class Line:
    """A line of an operator's invoice.

    :param days: charged, of ``days_of_period``
    :param price: a month
    :param amount: of these days, rounded
    """

    key: tuple
    days: int
    days_of_period: int
    price: Decimal
    amount: Decimal


def month_of(day):
    """Return the first and the last day of a day's month."""
    first = day.replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following - ONE_DAY


def months_to_bill(billed_until, day):
    """Return the months that are over and not charged yet, oldest first.

    :param datetime.date billed_until: the last day that was charged
    :param datetime.date day: today
    :return: [(first day, last day)]
    :rtype: list
    """
    found = []
    first, last = month_of(billed_until + ONE_DAY)
    while last < day:
        found.append((first, last))
        first, last = month_of(last + ONE_DAY)
    return found


def cover(modules, prices):
    """Return the cheapest prices that together pay for each module exactly once.

    A module without a price of its own and in no bundle is free.

    :param modules: codes the operator has
    :param prices: the :class:`Price` list of its currency
    :rtype: list[Price]
    """
    usable = [price for price in prices if price.modules and price.modules <= modules]
    best = {frozenset(): (Decimal(0), ())}
    # Each step adds one price to each set found: sets of eight modules are few
    for price in sorted(usable, key=lambda one: (-len(one.modules), one.key)):
        for covered, (cost, chosen) in list(best.items()):
            if covered & price.modules:
                continue
            union = covered | price.modules
            offer = (cost + price.amount, (*chosen, price))
            if union not in best or offer[0] < best[union][0]:
                best[union] = offer
    largest = max(len(covered) for covered in best)
    candidates = [found for covered, found in best.items() if len(covered) == largest]
    return list(min(candidates, key=lambda found: found[0])[1])


def charges(date_from, date_to, spans, unbilled, prices, quantum):
    """Return the lines of a month, prorated by day.

    :param datetime.date date_from: first day of the month
    :param datetime.date date_to: its last day
    :param spans: [(module, first day, last day or None)] the operator had
    :param unbilled: [(first day, last day or None)] nothing is charged: trial,
        suspension
    :param prices: the :class:`Price` list at the first day: prices change between
        months only
    :param Decimal quantum: smallest amount of the currency, as ``Decimal("0.001")``
    :rtype: list[Line]
    """
    total = (date_to - date_from).days + 1
    days = {}
    covers = {}
    for number in range(total):
        day = date_from + number * ONE_DAY
        if any(_within(day, first, last) for first, last in unbilled):
            continue
        modules = frozenset(
            code for code, first, last in spans if _within(day, first, last)
        )
        if modules not in covers:
            covers[modules] = cover(modules, prices)
        for price in covers[modules]:
            days[price] = days.get(price, 0) + 1
    return [
        Line(
            price.key,
            count,
            total,
            price.amount,
            (price.amount * count / total).quantize(quantum, ROUND_HALF_UP),
        )
        for price, count in days.items()
    ]


def suspended_spans(changes):
    """Return the days on which nothing works, from the history of states.

    The day on which it is suspended is not charged; the one on which it returns is.

    :param changes: [(day, state)] in order
    :return: [(first day, last day or None)]
    :rtype: list
    """
    found, since = [], None
    for day, state in changes:
        if state in CLOSED_STATES:
            since = since or day
        elif since:
            if day > since:
                found.append((since, day - ONE_DAY))
            since = None
    if since:
        found.append((since, None))
    return found


def _within(day, first, last):
    return (not first or first <= day) and (not last or day <= last)
