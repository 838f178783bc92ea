from odoo import fields, models


class ProductTemplate(models.Model):
    """What usage of the offer costs."""

    _inherit = "product.template"

    telecom_tariff_id = fields.Many2one(
        "telecom.tariff", string="Tariff", check_company=True, ondelete="restrict"
    )
