from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active") is False:
            # Whoever may not log in any more must not go on telephoning either.
            # sudo: telecom.agent - who manages users need not manage agents
            self.env["telecom.agent"].sudo().search(
                [("user_id", "in", self.ids)]
            )._put_out()
        elif "company_ids" in vals:
            # No more calls of an operator the user may not see any more
            # sudo: telecom.agent - see above
            self.env["telecom.agent"].sudo().search(
                [("user_id", "in", self.ids)]
            )._apply_status()
        return result
