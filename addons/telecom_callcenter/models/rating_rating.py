from odoo import fields, models


class RatingRating(models.Model):
    _inherit = "rating.rating"

    # Odoo's ratings belong to no company: those of calls do
    telecom_company_id = fields.Many2one(
        "res.company", "Operator", index="btree_not_null", ondelete="cascade"
    )
