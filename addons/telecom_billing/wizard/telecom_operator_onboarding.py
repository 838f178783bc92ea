from odoo import models


class TelecomOperatorOnboarding(models.TransientModel):
    _inherit = "telecom.operator.onboarding"

    def _switch_modules(self, company):
        """A new operator begins with a trial, and keeps what was chosen after it."""
        res = super()._switch_modules(company)
        # sudo: telecom.module.subscription - whoever may make the operator
        subscription = (
            self.env["telecom.module.subscription"]
            .sudo()
            .create({"company_id": company.id})
        )
        subscription._switch_on(self.module_ids.filtered("code"))
        return res
