"""What a subscription costs in a period; no database, no Odoo."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

RECURRING, ONE_TIME, USAGE = "recurring", "one_time", "usage"
TERMINATION_FEE, CORRECTION = "termination_fee", "correction"


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
    :ivar dict details: what the text may show: ``records``, ``quantity``…
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
