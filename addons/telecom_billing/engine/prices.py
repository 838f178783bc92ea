"""Dated prices, engagements and periods of the year: no database, no Odoo."""

from bisect import bisect_right
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal


def price_at(prices, day):
    """Return the amount in force on a day, or None before the first one.

    :param prices: (first day, amount), sorted by day
    """
    place = bisect_right(prices, day, key=lambda price: price[0])
    return prices[place - 1][1] if place else None


def changes_between(prices, first, last):
    """Return what is in force on a first day, and what changes until a last one.

    :param prices: (first day, amount), sorted by day
    :return: [(day, amount), …]; the first entry begins on ``first`` when a price is in
        force then, the others where their price begins
    """
    start = price_at(prices, first)
    found = [] if start is None else [(first, start)]
    return found + [price for price in prices if first < price[0] <= last]


def add_months(day, months):
    """Return the same day some months later, or that month's last day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def months_left(started, engagement, ended):
    """Return how many months of an engagement are left, begun ones included.

    :param date started: first day of the subscription
    :param int engagement: months the customer engaged for
    :param date ended: first day without the subscription
    """
    if not engagement or ended >= add_months(started, engagement):
        return 0
    left = 0
    while left < engagement and add_months(started, engagement - left) > ended:
        left += 1
    return left


def termination_fee(kind, fee, percent, monthly, left, digits):
    """Return what leaving before the end of an engagement costs.

    :param str kind: ``fixed``, or ``remaining`` for a share of what is left to pay
    :param fee: the fixed amount
    :param percent: share of the remaining monthly charges
    :param monthly: the recurring price
    :param int left: months left, as :func:`months_left` counts
    :param int digits: decimals of the currency
    :rtype: Decimal
    """
    if left <= 0:
        return Decimal(0)
    if kind == "remaining":
        amount = Decimal(str(monthly)) * left * Decimal(str(percent)) / 100
    else:
        amount = Decimal(str(fee))
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def season(year, begins, ends):
    """Return the days of a period that comes every year, begun in a year.

    :param begins, ends: (month, day); one that ends before it begins ends next year.
        29 February is 28 February in years without one.
    :rtype: tuple
    """
    return (
        _day(year, *begins),
        _day(year + (ends < begins), *ends),
    )


def _day(year, month, day):
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def monthly_steps(lines, digits):
    """Return what is paid a month, step by step, as discounts run out.

    Discounts of the same month add up to 100 % at most, as on bills.

    :param lines: (monthly price, ((percent, months), …)) of each line; a discount of
        0 months has no end
    :param int digits: decimals of the currency, to which each line is rounded
    :return: [(months, amount), …]; the last step has None for months: it has no end.
        Steps that cost the same are one.
    :rtype: list

    >>> monthly_steps([(10, ((50, 3), (20, 6)))], 0)
    [(3, Decimal('3')), (3, Decimal('8')), (None, Decimal('10'))]
    """
    lines = [(amount, tuple(found)) for amount, found in lines]
    ends = sorted({months for _a, found in lines for _p, months in found if months})
    unit = Decimal(1).scaleb(-digits)
    steps, begun = [], 0
    for end in [*ends, None]:
        total = Decimal(0)
        for amount, found in lines:
            percent = sum(
                Decimal(str(part))
                for part, months in found
                if not months or months > begun
            )
            left = Decimal(str(amount)) * (100 - min(Decimal(100), percent)) / 100
            total += left.quantize(unit, ROUND_HALF_UP)
        months = end and end - begun
        if steps and steps[-1][1] == total:
            former = steps.pop()[0]
            months = months and former + months
        steps.append((months, total))
        begun = end
    return steps
