from odoo import models


class StockReference(models.Model):
    """Core keeps what ties transfers together without a company."""

    _name = "stock.reference"
    _inherit = ["stock.reference", "telecom.tenancy.mixin"]
