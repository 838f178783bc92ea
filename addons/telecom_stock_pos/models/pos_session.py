from odoo import api, models


class PosSession(models.Model):
    _inherit = "pos.session"

    @api.model_create_multi
    def create(self, vals_list):
        configs = self.env["pos.config"].browse(
            vals.get("config_id") or self.env.context.get("default_config_id")
            for vals in vals_list
        )
        # A session that is open goes on: switching off never cuts a sale
        configs.company_id._telecom_check("stock", "create")
        sessions = super().create(vals_list)
        # Serial numbers are sold when they are sold, not in the evening
        shops = sessions.filtered("config_id.telecom_boutique_id")
        shops.update_stock_at_closing = False
        return sessions
