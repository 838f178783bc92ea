from odoo import api, models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        self.env["res.users"]._telecom_check_colleagues(
            {vals["user_id"] for vals in vals_list if vals.get("user_id")}
        )
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("user_id"):
            self.env["res.users"]._telecom_check_colleagues({vals["user_id"]})
        return super().write(vals)
