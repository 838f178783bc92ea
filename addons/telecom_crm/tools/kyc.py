"""What an identity document that ends means for its holder's lines; no database.

A customer is told before the last day, and once more when it is over. Lines are barred
when the days of grace that follow that second message are over: nobody loses the line
without having been told, whenever the operator switches the rule on.
"""

from datetime import date, timedelta

OFF, WARN, BAR = "off", "warn", "bar"
#: What a customer was told last about a document
SOON, EXPIRED, BARRED = "soon", "expired", "barred"


def valid_until(documents):
    """Return until when somebody's identity is proven.

    :param documents: (state, last day or None) of each document
    :return: the last day; ``date.max`` when it has none; None when nothing was ever
        verified: that is not about expiry
    """
    days = [
        expires_on or date.max
        for state, expires_on in documents
        if state == "verified" or (state == "expired" and expires_on)
    ]
    return max(days, default=None)


def next_step(action, expires_on, today, *, warn_days, grace_days, notice, told_on):
    """Return what is due for a document: ``soon``, ``expired``, ``barred`` or None.

    :param str action: the operator's choice: ``off``, ``warn`` or ``bar``
    :param date expires_on: the document's last day
    :param date today: in the operator's time zone
    :param int warn_days: days before the last day on which the customer is told
    :param int grace_days: days between the second message and barring
    :param notice: what was done last: ``soon``, ``expired``, ``barred`` or None
    :param date told_on: when that was
    """
    if action == OFF or not expires_on or notice == BARRED:
        return None
    over = today > expires_on
    if notice == EXPIRED:
        due = action == BAR and today > told_on + timedelta(days=grace_days)
        return BARRED if due else None
    if over:
        return EXPIRED
    if notice is None and today >= expires_on - timedelta(days=warn_days):
        return SOON
    return None
