from odoo import fields, models

from ..engine import eligibility


class TelecomOfferZone(models.Model):
    """Where an offer can be had: towns and states."""

    _name = "telecom.offer.zone"
    _description = "Zone of Offers"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    towns = fields.Text(
        help="One on each line; accents, hyphens and capitals do not count."
    )
    state_ids = fields.Many2many("res.country.state", string="States")
    active = fields.Boolean(default=True)

    _name_unique = models.Constraint(
        "UNIQUE(company_id, name)", "This operator has a zone of this name already."
    )

    def _telecom_towns(self):
        """Return the normalised names of the zones' towns.

        :rtype: frozenset
        """
        return frozenset(
            town
            for zone in self
            for line in (zone.towns or "").splitlines()
            if (town := eligibility.normal(line))
        )
