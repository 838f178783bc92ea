"""Records of usage rated one after the other; no database, no Odoo.

:class:`Rater` knows an operator's prices and what its lines have, and spends their
allowances. Each amount is computed by :mod:`.rating`, as the explanation of a record
computes it again.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pytz

from . import proration, rating

#: Amounts of a rate and minutes of the clock that are remembered
REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Service:
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
        former = sorted(former, key=lambda had: had[0])
        self.known = known
        self.services = self._sorted(services)
        self.until = [until for until, _services in former]
        self.former = [self._sorted(services) for _until, services in former]

    @staticmethod
    def _sorted(services):
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

    __slots__ = ("amounts", "first", "id", "included", "next", "rate")

    def __init__(self, id, rate):
        self.id, self.rate = id, rate
        self.first, self.next = rate.first_increment, rate.next_increment
        self.included = rate.included
        self.amounts = {}

    def amount(self, charged, off_peak):
        """See :func:`.rating.price`; few quantities make up most records.

        :return: the amount, and how ``COPY`` reads it
        """
        found = self.amounts.get((charged, off_peak))
        if found is None:
            if len(self.amounts) > REMEMBERED:
                self.amounts.clear()
            amount = rating.price(self.rate, charged, off_peak)[-1]
            self.amounts[charged, off_peak] = found = amount, str(amount)
        return found


class Prices:
    """The rates of an operator, by destination and day.

    :param rates: (tariff id, kind, prefix, first day, :class:`Priced`) of each version
    """

    def __init__(self, rates):
        # {(tariff, kind): ({prefix: [(first day, rate), …], the latest first}, digits)}
        self._tariffs = {}
        for tariff, kind, prefix, since, rate in rates:
            by_prefix, digits = self._tariffs.get((tariff, kind), ({}, 0))
            by_prefix.setdefault(prefix, []).append((since, rate))
            self._tariffs[tariff, kind] = by_prefix, max(digits, len(prefix))
        for by_prefix, _digits in self._tariffs.values():
            for versions in by_prefix.values():
                versions.sort(key=lambda version: version[0], reverse=True)

    def find(self, tariff, kind, number, day):
        """Return the rate of the longest prefix that had one on a day, or None.

        :param str number: in international form, with or without ``+``
        :rtype: Priced or None
        """
        by_prefix, digits = self._tariffs.get((tariff, kind), ({}, 0))
        if digits:
            head = number.lstrip("+")[:digits]
            while head:
                for since, rate in by_prefix.get(head, ()):
                    if since <= day:
                        return rate
                head = head[:-1]
        for since, rate in by_prefix.get("", ()):
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
        self._minutes = {}
        self._days = {}

    def __call__(self, start):
        """Return the local day and minute of the day.

        :param datetime start: naive, UTC
        """
        minute = start.replace(second=0, microsecond=0)
        found = self._minutes.get(minute)
        if found is None:
            if len(self._minutes) > REMEMBERED:
                self._minutes.clear()
            local = pytz.utc.localize(minute).astimezone(self.zone)
            found = local.date(), local.hour * 60 + local.minute
            self._minutes[minute] = found
        return found

    def is_off_peak(self, tariff, day, minute):
        """See :func:`.rating.is_off_peak`."""
        minutes = self._days.get((tariff, day))
        if minutes is None:
            bands = self.bands.get(tariff)
            minutes = rating.minutes_of_day(bands, self.holidays, day) if bands else ""
            self._days[tariff, day] = minutes
        return minutes != "" and minutes[minute] == "1"


class Period:
    """First and last day of a billing period, and how ``COPY`` reads them."""

    __slots__ = ("first", "last", "text")

    def __init__(self, first, last):
        self.first, self.last = first, last
        self.text = f"{first}\t{last}"


class Counter:
    """What is left of an allowance in a period.

    :ivar int quantity: what it gives, in rating units
    :ivar int used: what was used of it before
    :ivar int spent: what these records used of it
    :ivar bool changed: whether it is new, or gives something else than before
    """

    __slots__ = ("changed", "quantity", "spent", "used")

    def __init__(self, quantity, period, before=None):
        """:param before: used, quantity and last day as they were, when it is known"""
        self.quantity = quantity
        self.used = before[0] if before else 0
        self.changed = not before or before[1:] != (quantity, period.last)
        self.spent = 0


class Allowances:
    """What lines, or billing accounts, may use in their periods.

    :param dict offers: {(template id, kind): units of a whole period}
    :param dict services: {owner's id: its :class:`Service`}, all of them
    :param dict before: {(owner's id, kind, first day): (used, quantity, last day)}
    """

    def __init__(self, offers, services, before):
        self.offers, self.services, self.before = offers, services, before
        self.kinds = {kind for _template, kind in offers}
        self.counters = {}

    def counter(self, owner, kind, period):
        """Return what is left, None when there is no allowance at all.

        :param Period period: of the bill
        :rtype: Counter or None
        """
        name = (owner, kind, period)
        if name in self.counters:
            return self.counters[name]
        quantity = self._quantity(owner, kind, period.first, period.last)
        counter = None
        if quantity is not None:
            before = self.before.get((owner, kind, period.first))
            counter = Counter(quantity, period, before)
        self.counters[name] = counter
        return counter

    def _quantity(self, owner, kind, date_from, date_to):
        """By days of service, see :func:`.proration.allowance`."""
        days = {}
        for service in self.services.get(owner, ()):
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
        #: {(subscription, kind, period): [records, quantity, billed, included, amount]}
        self.totals = {}
        self.days = set()
        self.rates = set()

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
        name = (subscription, kind, period)
        total = self.totals.get(name)
        if total is None:
            total = self.totals[name] = [0, 0, 0, 0, 0]
        total[0] += n
        total[1] += n * quantity
        total[2] += n * billed
        total[3] += n * included
        total[4] += n * amount

    def rate(self, numbers, records, refused, add=True):
        """Yield what records cost.

        :param dict numbers: {subscriber: :class:`Number`}
        :param records: (place, key, subscriber, kind, number, start, quantity), in the
            order in which allowances are spent
        :param list refused: (place, code, value) of those that cannot be rated is added
        :param bool add: to the totals
        :return: (record, service, :class:`Priced`, off-peak, counted, included,
            amount, and as text); quantities in rating units
        """
        clock, find = self.clock, self.prices.find
        is_off_peak, period_of = clock.is_off_peak, self.period
        totals, days, rates = self.totals, self.days, self.rates
        allowances = [
            (found is self.shared, found)
            for found in (self.own, self.shared)
            if found.kinds
        ]
        for record in records:
            place, _key, subscriber, kind, number, start, quantity = record
            day, minute = clock(start)
            who = numbers.get(subscriber)
            services = who and who.at(start)
            if services is None:
                code = "former" if who else "unknown"
                refused.append((place, code, subscriber))
                continue
            for service in services:
                if service.covers(day):
                    break
            else:
                refused.append((place, "subscription", subscriber))
                continue
            tariff = service.tariff_id
            if tariff is None:
                refused.append((place, "tariff", subscriber))
                continue
            rate = find(tariff, kind, number, day)
            if rate is None:
                refused.append((place, "rate", number))
                continue
            off_peak = is_off_peak(tariff, day, minute)
            used = -(-quantity // rating.KILOBYTE) if kind == "data" else quantity
            billed = rating.billed(used, rate.first, rate.next)
            period = period_of(day, service.cycle_day)
            included = 0
            if billed and rate.included:
                for shared, found in allowances:
                    if kind not in found.kinds:
                        continue
                    owner = service.account_id if shared else service.line_id
                    counter = owner and found.counter(owner, kind, period)
                    if counter:
                        left = counter.quantity - counter.used - counter.spent
                        if left > 0:
                            part = min(billed - included, left)
                            counter.spent += part
                            included += part
            amount, text = rate.amount(billed - included, off_peak)
            days.add(day)
            rates.add(rate.id)
            if add:
                # As self.add, for each of many
                total = totals.get((service.subscription_id, kind, period))
                if total is None:
                    name = service.subscription_id, kind, period
                    totals[name] = [1, quantity, billed, included, amount]
                else:
                    total[0] += 1
                    total[1] += quantity
                    total[2] += billed
                    total[3] += included
                    total[4] += amount
            yield record, service, rate, off_peak, billed, included, amount, text
