"""Which invoices may become one; no database."""

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """An invoice that somebody wants to merge with others.

    :param id: of the invoice
    :param key: what invoices must share: payer, journal, currency, terms…
    :param account: of the billing account, or None
    :param reason: why it cannot be merged at all, or an empty text
    """

    id: int
    key: tuple
    account: int | None = None
    reason: str = ""


def plan(candidates):
    """Sort invoices into those that become one.

    Invoices without a billing account join the only account there is; with several
    accounts they stay among themselves.

    :param list[Candidate] candidates: in the order their lines shall have
    :return: groups of two ids or more, and {id: reason} of those left alone, where an
        empty reason says that there is nothing to merge with
    :rtype: tuple[list[tuple[int]], dict[int, str]]
    """
    alone = {one.id: one.reason for one in candidates if one.reason}
    by_key = defaultdict(list)
    for one in candidates:
        if not one.reason:
            by_key[one.key].append(one)
    groups = []
    for members in by_key.values():
        accounts = {one.account for one in members if one.account is not None}
        only = accounts.pop() if len(accounts) == 1 else None
        by_account = defaultdict(list)
        for one in members:
            by_account[only if one.account is None else one.account].append(one.id)
        for ids in by_account.values():
            if len(ids) > 1:
                groups.append(tuple(ids))
            else:
                alone[ids[0]] = ""
    return groups, alone
