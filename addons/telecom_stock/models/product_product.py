from odoo import api, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model_create_multi
    def create(self, vals_list):
        # Before the defaults of the product say that it is not followed at all
        for vals in vals_list:
            self.env["product.template"]._telecom_follow_one_by_one(vals)
        return super().create(vals_list)
