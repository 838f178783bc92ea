"""Records of usage rated one after the other; no database, no Odoo.

:class:`Rater` knows an operator's prices and what its lines have, and spends their
allowances. Each amount is computed by :mod:`.rating`, as the explanation of a record
computes it again.
"""

import math
from bisect import bisect_right
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import pytz

from . import proration, rating, wire

#: Amounts of a rate, and beginnings of numbers, that are remembered
REMEMBERED = 50_000
DAY = timedelta(days=1)
# Seconds: clocks are set, and differ from UTC, by whole quarters of an hour
QUARTER = 900
#: No minute of a day is off-peak
NEVER = "0" * rating.MINUTES


def millionths(amount):
    """Return an amount as whole millionths: it has at most six decimals."""
    return int(amount.scaleb(6))


class Service(NamedTuple):
    """Days on which a line has an offer.

    :ivar pieces: how many of the offer
    :ivar date last: None while it goes on
    """

    line_id: int
    subscription_id: int
    partner_id: int | None
    account_id: int | None
    product_id: int
    template_id: int
    tariff_id: int | None
    cycle_day: int
    pieces: float
    first: date
    last: date | None

    def covers(self, day):
        return self.first <= day and (self.last is None or day <= self.last)


class Number:
    """Who has a number, and had it before.

    :param list services: of the line, or the lines one after the other, that have it
    :param list former: ``[(until, services)]`` of lines that had it until a moment
    :param bool known: whether any line has it
    """

    __slots__ = ("former", "known", "services", "until")

    def __init__(self, services=(), former=(), known=True):
        former = sorted(former, key=lambda had: had[0]) if former else ()
        self.known = known
        self.services = self._sorted(services)
        self.until = [until for until, _services in former]
        self.former = [self._sorted(services) for _until, services in former]

    @staticmethod
    def _sorted(services):
        if len(services) < 2:
            return services
        # Of several offers with a tariff, the one that was there first
        return sorted(services, key=lambda s: (s.tariff_id is None, s.subscription_id))

    def at(self, start):
        """Return the services of whom a number belonged to, None for nobody.

        It belongs to its line until the moment another number was entered for it.
        What a line was given late, it had before as well: people enter changes
        afterwards.
        """
        if self.until and (at := bisect_right(self.until, start)) < len(self.until):
            return self.former[at]
        return self.services if self.known else None


class Priced:
    """A rate with its id, and amounts that were computed by it."""

    __slots__ = ("amounts", "first", "id", "included", "next", "rate", "texts")

    def __init__(self, id, rate):
        self.id, self.rate = id, rate
        self.first, self.next = rate.first_increment, rate.next_increment
        self.included = rate.included
        #: {charged: (amount, in millionths, as :mod:`.wire` writes it)} of peak and
        #: off-peak
        self.amounts = {}, {}
        self.texts = [
            wire.integer(id) + wire.boolean(off_peak) for off_peak in (False, True)
        ]

    def amount(self, charged, off_peak):
        """See :func:`.rating.price`; few quantities make up most records.

        :return: the amount, the same in millionths, and how ``COPY`` reads it with the
            rate and off-peak
        """
        amounts = self.amounts[off_peak]
        found = amounts.get(charged)
        if found is None:
            if len(amounts) > REMEMBERED:
                amounts.clear()
            amount = rating.price(self.rate, charged, off_peak)[-1]
            text = wire.numeric(amount) + self.texts[off_peak]
            found = amounts[charged] = amount, millionths(amount), text
        return found


class Destinations:
    """The rates of a tariff for a kind of usage."""

    __slots__ = ("by_prefix", "digits", "found", "head")

    def __init__(self):
        #: {prefix: [(first day, rate), …], the latest first}
        self.by_prefix = {}
        self.digits = 0
        #: Characters of a number that decide, with its ``+``
        self.head = 1
        #: {beginning of a number: its rates}, which were looked for
        self.found = {}

    def add(self, prefix, since, rate):
        versions = self.by_prefix.setdefault(prefix, [])
        versions.append((since, rate))
        versions.sort(key=lambda version: version[0], reverse=True)
        self.digits = max(self.digits, len(prefix))
        self.head = self.digits + 1

    def rates(self, number):
        """Return the rates that fit a number, the best one first.

        Of the longest prefix, and the latest: the first one that had begun applies.

        :param str number: in international form, with or without ``+``
        :return: [(first day, rate), …]
        """
        start = number[: self.head]
        found = self.found.get(start)
        if found is None:
            digits = number.lstrip("+")[: self.digits]
            found = [
                version
                for length in range(len(digits), -1, -1)
                for version in self.by_prefix.get(digits[:length], ())
            ]
            if not number.startswith("++"):
                if len(self.found) > REMEMBERED:
                    self.found.clear()
                self.found[start] = found
        return found


class Prices:
    """The rates of an operator, by destination and day.

    :param rates: (tariff id, kind, prefix, first day, :class:`Priced`) of each version
    """

    def __init__(self, rates):
        self._tariffs = {}
        for tariff, kind, prefix, since, rate in rates:
            self.of(tariff, kind).add(prefix, since, rate)

    def of(self, tariff, kind):
        """Return the rates of a tariff for a kind of usage.

        :rtype: Destinations
        """
        found = self._tariffs.get((tariff, kind))
        if found is None:
            found = self._tariffs[tariff, kind] = Destinations()
        return found

    def find(self, tariff, kind, number, day):
        """Return the rate of the longest prefix that had one on a day, or None.

        :param str number: in international form, with or without ``+``
        :rtype: Priced or None
        """
        for since, rate in self.of(tariff, kind).rates(number):
            if since <= day:
                return rate
        return None


class Clock:
    """What the time is for an operator, and whether it is off-peak.

    :param datetime.tzinfo zone: the operator's (``pytz``)
    :param dict bands: {tariff id: :func:`.rating.minutes_of`}
    :param holidays: dates
    """

    def __init__(self, zone, bands, holidays):
        self.zone, self.bands, self.holidays = zone, bands, holidays
        #: {number of the quarter since 2000: see :meth:`quarter`}
        self.quarters = {}
        self._days = {}

    def quarter(self, number):
        """Return what a quarter of an hour is for the operator.

        :param int number: of the quarter, since :data:`.wire.EPOCH`
        :return: the local day, what the minutes since then are more than those of the
            local day, and {tariff id: :meth:`minutes` of the day}, as far as asked for
        """
        found = self.quarters.get(number)
        if found is None:
            if len(self.quarters) > REMEMBERED:
                self.quarters.clear()
            since = wire.EPOCH + timedelta(seconds=QUARTER * number)
            local = pytz.utc.localize(since).astimezone(self.zone)
            more = QUARTER // 60 * number - local.hour * 60 - local.minute
            found = self.quarters[number] = local.date(), more, {}
        return found

    def day(self, start):
        """Return the local day of a moment.

        :param datetime start: naive, UTC
        """
        return self.quarter(wire.seconds(start) // QUARTER)[0]

    def minutes(self, tariff, day):
        """Return which minutes of a day are off-peak, ``1`` or ``0`` for each.

        See :func:`.rating.minutes_of_day`.
        """
        minutes = self._days.get((tariff, day))
        if minutes is None:
            bands = self.bands.get(tariff)
            minutes = NEVER
            if bands:
                minutes = rating.minutes_of_day(bands, self.holidays, day)
            self._days[tariff, day] = minutes
        return minutes


class Period:
    """First and last day of a billing period, as numbers, and how ``COPY`` reads them.

    :ivar int begins: see :func:`.wire.days`
    :ivar int ends: see :func:`.wire.days`
    """

    __slots__ = ("begins", "dates", "ends", "first", "last", "text")

    def __init__(self, first, last):
        self.first, self.last = first, last
        self.begins, self.ends = wire.days(first), wire.days(last)
        self.text = f"{first}\t{last}"
        self.dates = wire.date(first) + wire.date(last)


class Counter:
    """What is left of an allowance in a period.

    :ivar int quantity: what it gives, in rating units
    :ivar int used: what was used of it before
    :ivar int spent: what these records used of it
    :ivar bool changed: whether it is new, or gives something else than before
    :ivar int id: of its row, None when it is new
    """

    __slots__ = ("changed", "id", "quantity", "spent", "used")

    def __init__(self, quantity, period, before=None):
        """:param before: its row, see :class:`Allowances`, when it is known"""
        self.quantity, self.spent = quantity, 0
        if before:
            _owner, _kind, _first, self.used, gave, last, self.id = before
            self.changed = gave != quantity or last != period.ends
        else:
            self.used, self.changed, self.id = 0, True, None


class Allowances:
    """What lines, or billing accounts, may use in their periods.

    :param dict offers: {(template id, kind): units of a whole period}
    :param dict services: {owner's id: its :class:`Service`}, all of them
    :param before: (owner's id, kind, first day, used, quantity, last day, id) of the
        counters that are there; days are numbers, see :func:`.wire.days`
    """

    def __init__(self, offers, services, before):
        self.offers, self.services = offers, services
        self._rows = before
        self.kinds = {kind for _template, kind in offers}
        self.counters = {}

    @cached_property
    def before(self):
        """{(owner's id, kind, first day): its row}.

        Made when it is asked for: by whoever rates, not by whoever reads the rows.
        """
        return {row[:3]: row for row in self._rows}

    def counter(self, owner, kind, period):
        """Return what is left, None when there is no allowance at all.

        :param Period period: of the bill
        :rtype: Counter or None
        """
        name = (owner, kind, period)
        counter = self.counters.get(name, False)
        if counter is not False:
            return counter
        quantity = self._quantity(owner, kind, period.first, period.last)
        counter = None
        if quantity is not None:
            before = self.before.get((owner, kind, period.begins))
            counter = Counter(quantity, period, before)
        self.counters[name] = counter
        return counter

    def _quantity(self, owner, kind, date_from, date_to):
        """By days of service, see :func:`.proration.allowance`."""
        services = self.services.get(owner, ())
        if len(services) == 1:
            [service] = services
            # All of the period, as most have
            if (
                service.pieces == 1
                and service.first <= date_from
                and (service.last is None or service.last >= date_to)
            ):
                return self.offers.get((service.template_id, kind))
        days = {}
        for service in services:
            if (service.template_id, kind) not in self.offers:
                continue
            first = max(service.first, date_from)
            last = min(service.last or date_to, date_to)
            if first <= last:
                name = service.subscription_id, service.product_id
                served = days.get(name, (0, service))[0] + (last - first).days + 1
                days[name] = served, service
        if not days:
            return None
        length = (date_to - date_from).days + 1
        total = 0
        for served, service in days.values():
            quantity = self.offers[service.template_id, kind]
            if service.pieces == 1 and served == length:
                total += quantity
            else:
                part = Fraction(str(service.pieces)) * quantity * served / length
                total += math.ceil(part)
        return total


class Served:
    """What a number has on the days on which nothing changes.

    :ivar date first: of these days
    :ivar date last: of these days
    :ivar Service service: that pays
    :ivar Period period: of the bill
    :ivar dict uses: {kind: :class:`Use`}
    """

    __slots__ = ("first", "last", "period", "service", "tariff", "uses")

    def __init__(self, first, last, service, period):
        self.first, self.last = first, last
        self.service, self.period = service, period
        self.tariff = service.tariff_id
        self.uses = {}


class Use:
    """What records of a kind cost and add up to, for who is :class:`Served`.

    :ivar Service service: that pays
    :ivar str kind: of usage
    :ivar Destinations destinations: of the tariff
    :ivar list total: see :attr:`Rater.totals`; None before the first record
    :ivar list counters: of allowances; None before one is needed
    :ivar bytes text: what whoever writes the records repeats in each of them
    """

    __slots__ = (
        "counters",
        "destinations",
        "found",
        "head",
        "kind",
        "service",
        "text",
        "total",
    )

    def __init__(self, service, kind, destinations):
        self.service, self.kind, self.destinations = service, kind, destinations
        self.head, self.found = destinations.head, destinations.found
        self.total = self.counters = self.text = None


class Rater:
    """Rates an operator's records in the order they are given.

    :param Prices prices: of all tariffs
    :param Clock clock: the operator's
    :param Allowances own: of lines
    :param Allowances shared: of billing accounts
    """

    def __init__(self, prices, clock, own, shared):
        self.prices, self.clock = prices, clock
        self.own, self.shared = own, shared
        self._periods = {}
        self.forget()

    def forget(self):
        """Forget what was rated, as if it had not been."""
        #: {(subscription, kind, period): [records, quantity, billed, included, amount
        #: in millionths]}
        self.totals = {}
        self.days = set()
        self.rates = set()
        self.own.counters.clear()
        self.shared.counters.clear()

    def period(self, day, cycle_day):
        """See :func:`.proration.period_of`."""
        period = self._periods.get((day, cycle_day))
        if period is None:
            first, last = proration.period_of(day, cycle_day)
            # One for all days of a period
            period = self._periods.setdefault((first, last), Period(first, last))
            self._periods[day, cycle_day] = period
        return period

    def add(self, subscription, kind, period, quantity, billed, included, amount, n=1):
        """Add a record to the total of its period; ``n`` = -1 takes it away."""
        total = self._total(subscription, kind, period)
        total[0] += n
        total[1] += n * quantity
        total[2] += n * billed
        total[3] += n * included
        total[4] += n * millionths(amount)

    def _total(self, subscription, kind, period):
        name = (subscription, kind, period)
        total = self.totals.get(name)
        if total is None:
            total = self.totals[name] = [0, 0, 0, 0, 0]
        return total

    def _counters(self, service, kind, period):
        """Return the allowances that cover a record, in the order they are spent."""
        counters = []
        own, shared = self.own, self.shared
        if kind in own.kinds and (
            counter := own.counter(service.line_id, kind, period)
        ):
            counters.append(counter)
        if (
            kind in shared.kinds
            and service.account_id
            and (counter := shared.counter(service.account_id, kind, period))
        ):
            counters.append(counter)
        return counters

    def _serve(self, who, start, day):
        """Return what a number has at a moment, or why it has nothing.

        :param Number who: None when nobody ever had it
        :rtype: Served or str
        """
        services = who and who.at(start)
        if services is None:
            return "former" if who else "unknown"
        first, last = date.min, date.max
        for service in services:
            if service.covers(day):
                break
            # Until, or since, the one that comes first has its days
            if service.first > day:
                last = min(last, service.first - DAY)
            else:
                first = max(first, service.last + DAY)
        else:
            return "subscription"
        if service.tariff_id is None:
            return "tariff"
        if who.until:
            # On the day it is given up it is two lines'
            first, last = date.max, date.min
        period = self.period(day, service.cycle_day)
        return Served(
            max(first, service.first, period.first),
            min(last, service.last or last, period.last),
            service,
            period,
        )

    # One loop: each call would cost what a tenth of it does
    def rate(self, numbers, records, refused, add=True):  # noqa: C901
        """Yield what records cost.

        :param dict numbers: {subscriber: :class:`Number`}
        :param records: (place, key, subscriber, kind, number, start, quantity), in the
            order in which allowances are spent
        :param list refused: (place, code, value) of those that cannot be rated is added
        :param bool add: to the totals
        :return: (record, seconds since :data:`.wire.EPOCH`, :class:`Use`,
            :class:`Priced`, off-peak, counted, included, amount, and as
            :meth:`Priced.amount` writes it); quantities in rating units
        """
        clock, prices, days, rates = self.clock, self.prices, self.days, self.rates
        epoch, kilobyte, quarters = wire.EPOCH, rating.KILOBYTE, clock.quarters
        served = {}
        current = first_day = last_day = None
        rated_day = rated = None
        for record in records:
            place, _key, subscriber, kind, number, start, quantity = record
            # As wire.seconds
            since = start - epoch
            seconds = since.days * 86_400 + since.seconds
            quarter = quarters.get(seconds // QUARTER)
            if quarter is None:
                quarter = clock.quarter(seconds // QUARTER)
            day, more, off_peaks = quarter
            # Records of a number that follow each other need no look for it
            if subscriber != current or not first_day <= day <= last_day:
                who = served.get(subscriber)
                if who is None or not who.first <= day <= who.last:
                    who = self._serve(numbers.get(subscriber), start, day)
                    if isinstance(who, str):
                        refused.append((place, who, subscriber))
                        current = None
                        continue
                    served[subscriber] = who
                current, first_day, last_day = subscriber, who.first, who.last
                tariff, uses = who.tariff, who.uses
            use = uses.get(kind)
            if use is None:
                use = uses[kind] = Use(who.service, kind, prices.of(tariff, kind))
            found = use.found.get(number[: use.head])
            if found is None:
                found = use.destinations.rates(number)
            for version in found:
                if version[0] <= day:
                    rate = version[1]
                    break
            else:
                refused.append((place, "rate", number))
                continue
            minutes = off_peaks.get(tariff)
            if minutes is None:
                minutes = off_peaks[tariff] = clock.minutes(tariff, day)
            off_peak = minutes[seconds // 60 - more] == "1"
            # As rating.units and rating.billed, for each of many
            billed = -(-quantity // kilobyte) if kind == "data" else quantity
            if billed > 0:
                first = rate.first
                if billed <= first:
                    billed = first
                else:
                    step = rate.next
                    billed = first - (first - billed) // step * step
            else:
                billed = 0
            included = 0
            if billed and rate.included:
                counters = use.counters
                if counters is None:
                    counters = self._counters(who.service, kind, who.period)
                    use.counters = counters
                for counter in counters:
                    left = counter.quantity - counter.used - counter.spent
                    if left > 0:
                        part = min(billed - included, left)
                        counter.spent += part
                        included += part
            charged = billed - included
            priced = rate.amounts[off_peak].get(charged)
            amount, units, text = priced or rate.amount(charged, off_peak)
            if day is not rated_day:
                days.add(day)
                rated_day = day
            if rate is not rated:
                rates.add(rate.id)
                rated = rate
            if add:
                # As self.add
                total = use.total
                if total is None:
                    total = self._total(who.service.subscription_id, kind, who.period)
                    use.total = total
                total[0] += 1
                total[1] += quantity
                total[2] += billed
                total[3] += included
                total[4] += units
            yield record, seconds, use, rate, off_peak, billed, included, amount, text
