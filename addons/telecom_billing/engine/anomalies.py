"""What stands out when a bill is compared with the one before; no database, no Odoo."""

NEGATIVE, ZERO, USAGE, GONE = "negative", "zero", "usage", "gone"
UP, DOWN, NEW = "up", "down", "new"


def change(amount, previous):
    """By how many percent an amount differs from the one before.

    :return: 0.0 where there is nothing to compare with
    """
    if not previous:
        return 0.0
    return 100.0 * (amount - previous) / abs(previous)


def anomaly(amount, previous, threshold, *, charges, usage=False, used_before=False):
    """Name what is unusual about what an account is charged, the worst first.

    :param float amount: before tax, of this period
    :param previous: of the run before, None when the account was not in it
    :param float threshold: percent from which a change is unusual
    :param int charges: how many there are
    :param bool usage: whether usage is among them
    :param bool used_before: whether it was in the run before
    :return: ``negative``, ``gone``, ``zero``, ``usage`` (used the month before, nothing
        now: is a file missing?), ``up``, ``down``, ``new``, or None
    """
    if amount < 0:
        return NEGATIVE
    if not charges:
        return GONE if previous else None
    if not amount:
        return ZERO
    if used_before and not usage:
        return USAGE
    if previous is None:
        return NEW
    percent = change(amount, previous)
    if percent > threshold:
        return UP
    if percent < -threshold:
        return DOWN
    return None
