from odoo import fields, models


class ResCompany(models.Model):
    """What an operator decides about its customers' consumption."""

    _inherit = "res.company"

    telecom_usage_retention = fields.Integer(
        string="Keep Consumption",
        default=36,
        help="Months; older ones are deleted every night. Zero keeps them for ever.",
    )
    telecom_usage_stale = fields.Boolean(
        export_string_translation=False,
        help="Consumption or classes changed since customers were put into classes.",
    )

    def _telecom_usage_changed(self):
        """Have the customers of these operators put into classes, soon."""
        # sudo: res.company, ir.cron - by whoever may read files in or change classes
        companies = self.sudo().filtered(
            lambda company: not company.telecom_usage_stale
        )
        if companies:
            companies.telecom_usage_stale = True
        cron = self.env.ref("telecom_crm.ir_cron_usage_class", raise_if_not_found=False)
        if self and cron:
            cron.sudo()._trigger()

    def _telecom_registration_url(self):
        """Return the address of this operator's registration page."""
        self.ensure_one()
        return f"{self.get_base_url()}/telecom/register"
