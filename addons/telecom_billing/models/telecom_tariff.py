from odoo import fields, models


class TelecomTariff(models.Model):
    """What usage costs: rates by destination, and when it costs less."""

    _name = "telecom.tariff"
    _description = "Tariff"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    rate_ids = fields.One2many(
        "telecom.tariff.rate", "tariff_id", string="Rates", copy=True
    )
    band_ids = fields.One2many(
        "telecom.tariff.band", "tariff_id", string="Off-Peak Hours", copy=True
    )
    note = fields.Text()
