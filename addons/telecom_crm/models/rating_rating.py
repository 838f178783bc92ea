from odoo import api, models


class RatingRating(models.Model):
    """An answer belongs to the operator of what it is about."""

    _name = "rating.rating"
    _inherit = ["rating.rating", "telecom.tenancy.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        # sudo: any model - whose the rated record is; whoever asks for the answer
        for rating in self.sudo().browse(ratings.ids):
            model = self.env.get(rating.res_model)
            if model is not None and "company_id" in model._fields:
                company = model.sudo().browse(rating.res_id).exists().company_id
                rating.telecom_company_id = company or rating.telecom_company_id
        return ratings
