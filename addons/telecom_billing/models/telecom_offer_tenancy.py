"""Core's catalogue and loyalty models: what an operator makes stays the operator's."""

from odoo import fields, models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "telecom.guarded.mixin"]


class ProductCombo(models.Model):
    _name = "product.combo"
    _inherit = ["product.combo", "telecom.guarded.mixin"]

    company_id = fields.Many2one(
        default=lambda self: self.env["product.template"]._telecom_default_company()
    )

    def _init_column(self, column_name):
        """What is there at installation is everybody's, as core made it."""
        if column_name == "company_id":
            return None
        return super()._init_column(column_name)


class ProductPricelist(models.Model):
    _name = "product.pricelist"
    _inherit = ["product.pricelist", "telecom.guarded.mixin"]


class LoyaltyProgram(models.Model):
    _name = "loyalty.program"
    _inherit = ["loyalty.program", "telecom.guarded.mixin"]


class LoyaltyCard(models.Model):
    _name = "loyalty.card"
    _inherit = ["loyalty.card", "telecom.guarded.mixin"]
