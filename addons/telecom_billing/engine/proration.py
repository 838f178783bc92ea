"""What a subscription costs in a period; no database, no Odoo.

Days are whole and dates include both ends, unless a name says otherwise. A change is
in force from the beginning of its day; the day of an end is the first one that is not
served any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

RECURRING, ONE_TIME, USAGE = "recurring", "one_time", "usage"
TERMINATION_FEE, CORRECTION = "termination_fee", "correction"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line to be charged.

    ``(subscription_id, kind, date_from, key)`` names it: the same charge, computed
    again, has the same name.

    :ivar str kind: ``recurring``, ``one_time``, ``usage``, ``termination_fee`` or
        ``correction``
    :ivar Decimal quantity: how many of the product; 1 for usage
    :ivar Decimal unit_price: of a whole period, before discount and tax
    :ivar Decimal discount: percent
    :ivar Decimal amount: before tax, rounded to the currency's decimals: unit price ×
        quantity × days ÷ days of the period, less the discount
    :ivar date date_from: first day that is charged
    :ivar date date_to: last day that is charged
    :ivar int days: how many of the period's days are charged
    :ivar str key: tells charges of the same kind and first day apart
    :ivar str label: what it is, a key for the text on the bill: ``recurring``,
        ``one_time``, ``voice``, ``sms``, ``data``, ``termination_fee``,
        ``correction``
    :ivar dict details: what the text may show: ``records``, ``quantity``, ``included``
    """

    kind: str
    subscription_id: int
    product_id: int
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    date_from: date
    date_to: date
    days: int = 0
    days_of_period: int = 0
    discount: Decimal = Decimal(0)
    key: str = ""
    label: str = ""
    details: dict = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of a subscription's history, see ``telecom.subscription.change``."""

    id: int
    date: date
    kind: str
    product_id: int | None = None
    quantity: Decimal | None = None
    withdrawn_id: int | None = None
    waive_fee: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which nothing changes.

    :ivar date date_to: last day, None while it goes on
    """

    date_from: date
    date_to: date | None
    product_id: int
    quantity: Decimal
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged before, see ``telecom.charge``.

    :ivar bool stale: something changed since; what nothing happened to is not computed
        again
    """

    kind: str
    key: str
    product_id: int
    date_from: date
    date_to: date
    amount: Decimal
    stale: bool = True


@dataclass(frozen=True, slots=True)
class Total:
    """What was used in a billing period, see ``telecom.usage.total``.

    :ivar Decimal amount: of all its records, not rounded
    :ivar int quantity: seconds, messages or bytes
    :ivar int included: what allowances covered, in rating units
    """

    usage_kind: str
    date_from: date
    date_to: date
    amount: Decimal
    records: int = 0
    quantity: int = 0
    included: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a subscription is charged by.

    :ivar dict prices: ``{product id: [(first day, price of a period), …]}``, sorted
    :ivar list discounts: ``[(first day, last day or None, percent)]``
    :ivar bool charge_suspended: suspended days are charged too
    :ivar int cycle_day: day of the month on which periods begin, 1 to 28
    :ivar int digits: decimals of the currency
    """

    prices: dict
    discounts: tuple = ()
    charge_suspended: bool = False
    cycle_day: int = 1
    digits: int = 2


# Periods


def period_of(day, cycle_day):
    """Return the first and the last day of the billing period a day lies in.

    >>> period_of(date(2028, 2, 29), 15)
    (datetime.date(2028, 2, 15), datetime.date(2028, 3, 14))
    """
    first = day.replace(day=cycle_day)
    if day.day < cycle_day:
        # The last day of the month before has that month's number
        first = (day.replace(day=1) - DAY).replace(day=cycle_day)
    return first, next_start(first, cycle_day) - DAY


def next_start(first, cycle_day):
    """Return the first day of the period after the one that begins on a day."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=cycle_day)


def next_unbilled(today, cycle_day, billed_until=None):
    """Return the first day of the period that is to be billed next.

    :param datetime.date billed_until: last day that a run of the cycle bills; None
        before the first run, which bills the last period that is over
    """
    if billed_until:
        # A period that was cut short is billed to its end
        return billed_until + DAY
    begun, _last = period_of(today, cycle_day)
    return period_of(begun - DAY, cycle_day)[0]


def periods(date_from, date_to, cycle_day):
    """Yield first and last day of each billing period that touches some days."""
    first, last = period_of(date_from, cycle_day)
    while first <= date_to:
        yield first, last
        first, last = period_of(last + DAY, cycle_day)


def round_amount(amount, digits):
    """Round half up, as bills do."""
    return Decimal(amount).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


# History


def in_force(changes: Iterable[Change]):
    """Return the changes that no withdrawal took back, in the order they apply.

    A withdrawal that is withdrawn leaves its change in force.
    """
    changes = sorted(changes, key=lambda change: change.id)
    gone = set()
    # The last word counts: who comes later withdraws what came before
    for change in reversed(changes):
        if change.kind == "withdraw" and change.id not in gone:
            gone.add(change.withdrawn_id)
    return sorted(
        (c for c in changes if c.kind != "withdraw" and c.id not in gone),
        key=lambda change: (change.date, change.id),
    )


def spans(changes: Iterable[Change]):
    """Return the days of a subscription, cut where something changes.

    What says nothing new is no cut; what contradicts (a return of what is not
    suspended, anything after the end) is passed over.

    :rtype: list[Span]
    """
    found, current = [], None
    for change in in_force(changes):
        new = _apply(current, change)
        if new is current:
            continue
        if current and current.date_from < change.date:
            found.append(replace(current, date_to=change.date - DAY))
        current = new
        if new is None:
            break
    if current:
        found.append(current)
    return _joined(found)


def _apply(current, change):
    """Return the span that a change begins: None for an end, the same for nothing."""
    if current is None:
        if change.kind != "start":
            return None
        return Span(change.date, None, change.product_id, change.quantity)
    values = {
        "offer": {"product_id": change.product_id},
        "quantity": {"quantity": change.quantity},
        "suspend": {"suspended": True},
        "resume": {"suspended": False},
    }.get(change.kind)
    if change.kind == "terminate":
        return None
    if values is None:  # a second start
        return current
    return replace(current, date_from=change.date, **values)


def _joined(found):
    """Join spans between which nothing changed."""
    joined = []
    for span in found:
        last = joined[-1] if joined else None
        if last and replace(last, date_from=span.date_from, date_to=None) == replace(
            span, date_to=None
        ):
            joined[-1] = replace(last, date_to=span.date_to)
        else:
            joined.append(span)
    return joined


def state_on(changes: Iterable[Change], day):
    """Return (state, span) of a subscription on a day.

    :return: ``draft`` before the start, ``active``, ``suspended`` or ``terminated``;
        and the span that holds then (the next for a draft, the last after the end)
    """
    found = spans(changes)
    if not found:
        started = any(c.kind == "start" for c in in_force(changes))
        return ("terminated" if started else "draft"), None
    if day < found[0].date_from:
        return "draft", found[0]
    for span in found:
        if span.date_to is None or day <= span.date_to:
            return ("suspended" if span.suspended else "active"), span
    return "terminated", found[-1]


def next_change(changes: Iterable[Change], day):
    """Return the day of the first change after a day that stands; None without any."""
    return min((c.date for c in in_force(changes) if c.date > day), default=None)


# Charges


def segments(found, terms, date_from, date_to):
    """Cut days into pieces with one offer, quantity, price and discount.

    :param list found: :func:`spans`
    :param Terms terms: what is charged
    :param date date_from: first day
    :param date date_to: last day; both of one billing period
    :return: ``[(first day, last day, product id, quantity, price, percent)]``; days
        that are not charged are left out
    """
    result = []
    for span in found:
        first = max(span.date_from, date_from)
        last = min(span.date_to or date_to, date_to)
        if first > last or (span.suspended and not terms.charge_suspended):
            continue
        prices = terms.prices.get(span.product_id, ())
        cuts = {first}
        cuts |= {day for day, _price in prices if first < day <= last}
        for begin, end, _percent in terms.discounts:
            cuts |= {begin} if first < begin <= last else set()
            cuts |= {end + DAY} if end and first < end + DAY <= last else set()
        cuts = sorted(cuts)
        for begin, end in zip(cuts, [*(c - DAY for c in cuts[1:]), last], strict=True):
            price = next((p for day, p in reversed(prices) if day <= begin), None)
            if price is None:
                continue
            percent = min(
                Decimal(100),
                sum(
                    (
                        Decimal(str(percent))
                        for day, until, percent in terms.discounts
                        if day <= begin and (until is None or begin <= until)
                    ),
                    Decimal(0),
                ),
            )
            result.append(
                (
                    begin,
                    end,
                    span.product_id,
                    Decimal(str(span.quantity)),
                    Decimal(str(price)),
                    percent,
                )
            )
    return result


def prorated(price, quantity, percent, days, days_of_period, digits):
    """Return price × quantity × days ÷ days of the period, less a discount, rounded.

    :rtype: Decimal
    """
    amount = price * quantity * days / days_of_period * (100 - percent) / 100
    return round_amount(amount, digits)


def recurring(subscription_id, found, terms, date_from, date_to):
    """Return what some days cost, period by period.

    :param list found: :func:`spans`
    :rtype: list[Charge]
    """
    charges = []
    for first, last in periods(date_from, date_to, terms.cycle_day):
        length = (last - first).days + 1
        begin, end = max(first, date_from), min(last, date_to)
        for start, stop, product, quantity, price, percent in segments(
            found, terms, begin, end
        ):
            days = (stop - start).days + 1
            charges.append(
                Charge(
                    kind=RECURRING,
                    subscription_id=subscription_id,
                    product_id=product,
                    quantity=quantity,
                    unit_price=price,
                    amount=prorated(
                        price, quantity, percent, days, length, terms.digits
                    ),
                    date_from=start,
                    date_to=stop,
                    days=days,
                    days_of_period=length,
                    discount=percent,
                    key=f"{product}",
                    label=RECURRING,
                )
            )
    return charges


def without(date_from, date_to, covered):
    """Return the runs of days that no range covers.

    :param list covered: ``[(first day, last day)]``
    :return: ``[(first day, last day)]``
    """
    free, start = [], date_from
    for begin, end in sorted(covered):
        if begin > date_to:
            break
        if begin > start:
            free.append((start, begin - DAY))
        start = max(start, end + DAY)
    if start <= date_to:
        free.append((start, date_to))
    return free


def due(subscription_id, found, terms, date_from, date_to, charged=(), closed=()):
    """Return the recurring charges of a period, and the corrections of former ones.

    Days that were charged are not charged again; when a later change made them cost
    something else, the difference is. Days of a closed period on which nothing was
    charged are charged now.

    :param list found: :func:`spans`, of today's knowledge
    :param Terms terms: prices since the first day of what was charged
    :param date date_from: first day of the period to be charged
    :param date date_to: last day
    :param Iterable[Charged] charged: all recurring charges and corrections so far
    :param closed: ``[(first day, last day)]`` of billing periods that were billed
    :rtype: list[Charge]
    """
    before = [c for c in charged if c.kind == RECURRING]
    covered = [(c.date_from, c.date_to) for c in before]
    result = []
    for begin, end in [*sorted(closed), (date_from, date_to)]:
        for start, stop in without(begin, min(end, date_to), covered):
            result += recurring(subscription_id, found, terms, start, stop)
            covered.append((start, stop))
    corrections = [
        c for c in charged if c.kind == CORRECTION and c.key.startswith("recurring:")
    ]
    ranges = {}
    for c in before:
        ranges.setdefault((c.date_from, c.date_to), []).append(c)
    for (begin, end), rows in sorted(ranges.items()):
        if not any(c.stale for c in rows):
            continue
        mended = [c for c in corrections if (c.date_from, c.date_to) == (begin, end)]
        expected = recurring(subscription_id, found, terms, begin, end)
        amount = sum((c.amount for c in expected), Decimal(0)) - sum(
            (c.amount for c in (*rows, *mended)), Decimal(0)
        )
        if not amount:
            continue
        product = expected[-1].product_id if expected else rows[-1].product_id
        result.append(
            correction(
                subscription_id,
                product,
                amount,
                begin,
                end,
                f"recurring:{len(mended) + 1}",
            )
        )
    return result


def usage(
    subscription_id,
    product_id,
    totals,
    terms,
    date_from,
    date_to,
    charged=(),
    closed=(),
):
    """Return the charges of usage, and of what came late or was rated again.

    :param Iterable[Total] totals: of billing periods
    :param Iterable[Charged] charged: all charges of usage and corrections so far
    :param closed: ``[(first day, last day)]`` of billing periods that were billed
    :rtype: list[Charge]
    """
    result = []
    for total in sorted(totals, key=lambda t: (t.date_from, t.usage_kind)):
        name = f"{total.usage_kind}:{total.date_from.isoformat()}:"
        before = [
            c
            for c in charged
            if c.kind in (USAGE, CORRECTION) and c.key.startswith(name)
        ]
        present = total.date_to >= date_from and total.date_from <= date_to
        late = any(
            first <= total.date_from and total.date_to <= last for first, last in closed
        )
        if not (present or late or before):
            continue
        amount = round_amount(total.amount, terms.digits) - sum(
            (c.amount for c in before), Decimal(0)
        )
        if not amount:
            continue
        result.append(
            Charge(
                kind=USAGE if present else CORRECTION,
                subscription_id=subscription_id,
                product_id=product_id,
                quantity=Decimal(1),
                unit_price=amount,
                amount=amount,
                date_from=total.date_from,
                date_to=min(total.date_to, date_to) if present else total.date_to,
                key=f"{name}{len(before) + 1}",
                label=total.usage_kind,
                details={
                    "records": total.records,
                    "quantity": total.quantity,
                    "included": total.included,
                },
            )
        )
    return result


def correction(subscription_id, product_id, amount, date_from, date_to, key, **details):
    """Return the charge of a difference, negative when too much was charged."""
    return Charge(
        kind=CORRECTION,
        subscription_id=subscription_id,
        product_id=product_id,
        quantity=Decimal(1),
        unit_price=amount,
        amount=amount,
        date_from=date_from,
        date_to=date_to,
        key=key,
        label=CORRECTION,
        details=details,
    )


def allowance(quantity, found, date_from, date_to, product_id):
    """Return what of an allowance a period gives, by its days of service.

    A started unit is given whole. Suspended days count: nobody can use them up.

    :param int quantity: of a whole period
    :param list found: :func:`spans` of the subscription that brings the allowance
    :param date date_from: first day of the billing period
    :param date date_to: last day
    :param int product_id: the offer that brings it
    :rtype: int
    """
    days = 0
    for span in found:
        if span.product_id == product_id:
            first = max(span.date_from, date_from)
            last = min(span.date_to or date_to, date_to)
            days += max(0, (last - first).days + 1)
    length = (date_to - date_from).days + 1
    return -(-quantity * days // length)
