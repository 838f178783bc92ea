"""Who may take an offer: decisions without a database, each with its reason."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

#: In the order in which a clerk is told: the first reason that holds is given
REASONS = (
    "not_sold",
    "not_yet",
    "no_more",
    "season",
    "person",
    "organisation",
    "segment",
    "birth_date",
    "too_young",
    "too_old",
    "usage_class",
    "technology",
    "line_needed",
    "zone",
)


@dataclass(frozen=True)
class Conditions:
    """Who an offer is for; what is empty asks for nothing.

    :param valid_from: first day of sale
    :param valid_to: last day of sale, included
    :param seasons: (first, last) days of the periods of the year in which it is sold;
        None when it is sold all the year
    :param customer_type: ``person``, ``organisation`` or empty
    :param age_from: youngest age in completed years, 0 for none
    :param age_to: oldest age in completed years, included, 0 for none
    :param segments, usage_classes: ids, one of which the customer must be in
    :param technologies: codes, one of which the customer's line must be of
    :param towns: normalised names (:func:`normal`) of the towns served; None: all
    :param states: ids of the states served; None: all
    """

    sold: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    seasons: tuple | None = None
    customer_type: str = ""
    age_from: int = 0
    age_to: int = 0
    segments: frozenset = field(default_factory=frozenset)
    usage_classes: frozenset = field(default_factory=frozenset)
    technologies: frozenset = field(default_factory=frozenset)
    towns: frozenset | None = None
    states: frozenset | None = None


@dataclass(frozen=True)
class Customer:
    """What is known of somebody when an offer is proposed.

    :param born: birth date, or None when it is not known
    :param technologies: codes of the customer's lines that are in service; of one
        line, when the offer is for that line
    :param town: as written; :func:`normal` is applied here
    """

    is_company: bool = False
    born: date | None = None
    segment: int | None = None
    usage_class: int | None = None
    technologies: frozenset = field(default_factory=frozenset)
    town: str = ""
    state: int | None = None


def normal(town):
    """Return a town's name without accents, case, hyphens and double spaces."""
    text = unicodedata.normalize("NFKD", town or "")
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


def age(born, today):
    """Return completed years of life."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def refusal(conditions, customer, today):
    """Return why an offer cannot be taken, or None when it can.

    :param Conditions conditions: of the offer
    :param Customer customer: who would take it
    :param date today: the day of the sale
    :return: one of :data:`REASONS`
    """
    return refusal_of_day(conditions, today) or _of_the_customer(
        conditions, customer, today
    )


def refusal_of_day(conditions, today):
    """Return why an offer is not sold to anybody on a day, or None.

    :param Conditions conditions: of the offer
    :param date today: the day of the sale
    :return: one of :data:`REASONS`
    """
    if not conditions.sold:
        return "not_sold"
    if conditions.valid_from and today < conditions.valid_from:
        return "not_yet"
    if conditions.valid_to and today > conditions.valid_to:
        return "no_more"
    seasons = conditions.seasons
    if seasons is not None and not any(a <= today <= b for a, b in seasons):
        return "season"
    return None


def _of_the_customer(conditions, customer, today):
    if conditions.customer_type == "person" and customer.is_company:
        return "person"
    if conditions.customer_type == "organisation" and not customer.is_company:
        return "organisation"
    if conditions.segments and customer.segment not in conditions.segments:
        return "segment"
    reason = _of_age(conditions, customer, today)
    if reason:
        return reason
    classes = conditions.usage_classes
    if classes and customer.usage_class not in classes:
        return "usage_class"
    if conditions.technologies and not (
        conditions.technologies & customer.technologies
    ):
        return "technology" if customer.technologies else "line_needed"
    if conditions.towns is not None or conditions.states is not None:
        in_town = normal(customer.town) in (conditions.towns or ())
        in_state = bool(customer.state) and customer.state in (conditions.states or ())
        if not in_town and not in_state:
            return "zone"
    return None


def _of_age(conditions, customer, today):
    if not conditions.age_from and not conditions.age_to:
        return None
    if customer.is_company:
        return "person"
    if not customer.born:
        return "birth_date"
    years = age(customer.born, today)
    if conditions.age_from and years < conditions.age_from:
        return "too_young"
    if conditions.age_to and years > conditions.age_to:
        return "too_old"
    return None
