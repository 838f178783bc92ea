"""Points for bills: no database, no Odoo."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal


@dataclass(frozen=True)
class Rule:
    """How a programme gives points.

    :param str mode: ``order`` per bill, ``money`` per unit of money, ``unit`` per
        quantity
    :param float points: of each
    :param float minimum_amount: the bill's lines that count come to at least so much
    :param bool tax_included: whether that minimum includes taxes
    :param float minimum_quantity: of what counts
    :param products: ids that count, None for all
    """

    mode: str
    points: float
    minimum_amount: float = 0.0
    tax_included: bool = True
    minimum_quantity: float = 0.0
    products: frozenset | None = None


def points_of(rules, lines):
    """Return the points a bill gives.

    Money gives points on what is paid, taxes included, cut (not rounded) to hundredths
    of a point: as orders do.

    :param rules: those of one programme
    :param lines: (product id, quantity, amount without taxes, amount with taxes)
    :rtype: float
    """
    found = Decimal(0)
    for rule in rules:
        counted = [
            line for line in lines if rule.products is None or line[0] in rule.products
        ]
        quantity = sum(line[1] for line in counted)
        paid = sum(line[3] for line in counted)
        reached = paid if rule.tax_included else sum(line[2] for line in counted)
        if not counted or reached < rule.minimum_amount:
            continue
        if quantity < rule.minimum_quantity:
            continue
        points = Decimal(str(rule.points))
        if rule.mode == "money":
            points *= max(Decimal(str(paid)), Decimal(0))
        elif rule.mode == "unit":
            points *= Decimal(str(quantity))
        found += points.quantize(Decimal("0.01"), ROUND_DOWN)
    return float(found)
