from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    telecom_boutique_item = fields.Boolean(
        string="Asked for in Boutiques",
        help="People can look for the nearest boutique that has it in stock.",
    )
