from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _telecom_bound(self):
        """Tell whether the strict rules of tenancy bind this user.

        They bind whoever works for an operator, agents of a contact centre included;
        not the platform's administrators, who create operators and mend what went
        astray, and nobody of a company that has nothing to do with operators.
        """
        self.ensure_one()
        # sudo: res.users - the rules ask this of a user who may read nothing yet
        return any(
            self.sudo().company_ids.mapped("telecom_tenant")
        ) and not self.has_group("base.group_system")
