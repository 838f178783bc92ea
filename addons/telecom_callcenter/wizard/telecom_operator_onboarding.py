from odoo import api, fields, models


class TelecomOperatorOnboarding(models.TransientModel):
    _inherit = "telecom.operator.onboarding"

    provider_id = fields.Many2one(
        "res.company",
        string="Contact Centre",
        default=lambda self: self._default_provider_id(),
        domain=[("telecom_tenant", "=", False)],
        help="The company whose agents take the operator's calls; none when the "
        "operator does so itself.",
    )

    @api.model
    def _default_provider_id(self):
        """The contact centre, when there is one only."""
        services = self.env["telecom.operator.service"].search(
            [("provider_id.telecom_tenant", "=", False)]
        )
        providers = services.provider_id
        return providers if len(providers) == 1 else False

    def _onboard_values(self):
        return {**super()._onboard_values(), "provider": self.provider_id}
