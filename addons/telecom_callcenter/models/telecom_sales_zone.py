from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import remove_accents

from ..engine import appointment_slots


class TelecomSalesZone(models.Model):
    """Where some of an operator's field sellers go."""

    _name = "telecom.sales.zone"
    _description = "Sales Zone"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    active = fields.Boolean(default=True)
    color = fields.Integer()
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    radius = fields.Float(string="Radius (km)", default=10, required=True)
    cities = fields.Char(
        string="Towns",
        help="Towns of the zone, separated by commas: for addresses of which nobody "
        "knows where they are.",
    )
    seller_ids = fields.Many2many("telecom.field.seller", string="Sellers")

    _radius_positive = models.Constraint(
        "CHECK(radius > 0)", "The radius of a zone is more than nothing."
    )
    _on_earth = models.Constraint(
        "CHECK(latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180)",
        "This is no place on earth.",
    )

    @property
    def _place(self):
        self.ensure_one()
        return (
            (self.latitude, self.longitude) if self.latitude or self.longitude else None
        )

    @api.model
    def _for_place(self, company, place, city):
        """Return the zones an address lies in.

        :param company: the operator
        :param place: (latitude, longitude), or None
        :param city: name of the town, or False
        """
        zones = self.search(Domain("company_id", "=", company.id))
        found = zones.filtered(
            lambda zone: appointment_slots.in_zone(place, zone._place, zone.radius)
        )
        if found or not city:
            return found
        name = _folded(city)
        return zones.filtered(
            lambda zone: name in map(_folded, (zone.cities or "").split(","))
        )


def _folded(name):
    return remove_accents(name).strip().casefold()
