from odoo import api, fields, models
from odoo.exceptions import AccessError

from .telecom_campaign_followup_sent import SURVEYED_MODELS


class RatingRating(models.Model):
    _inherit = "rating.rating"

    # Whoever has the token answers for the customer; Odoo lets every user read it
    access_token = fields.Char(groups="base.group_system")

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings._check_answered_by_customer()
        return ratings

    def write(self, vals):
        # Both what it was and what it becomes
        self._check_answered_by_customer()
        result = super().write(vals)
        self._check_answered_by_customer()
        return result

    def _check_answered_by_customer(self):
        """Answers about conversations come from customers, by their link.

        Odoo lets every user create and change ratings: agents would rate themselves.
        """
        if self.env.su:
            return
        # sudo: rating.rating - what it is about
        if any(rating.res_model in SURVEYED_MODELS for rating in self.sudo()):
            raise AccessError(
                self.env._("Only customers say how satisfied they were with a call.")
            )
