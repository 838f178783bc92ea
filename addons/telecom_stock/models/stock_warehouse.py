from odoo import fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    # One at most: see the constraint of boutiques
    telecom_boutique_ids = fields.One2many(
        "telecom.boutique", "warehouse_id", string="Boutique"
    )
