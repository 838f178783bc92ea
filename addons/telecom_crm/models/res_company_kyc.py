from odoo import fields, models

from odoo.addons.sms.tools.sms_api import SmsApi


class ResCompany(models.Model):
    """What an operator does when its customers' identity documents end."""

    _inherit = "res.company"

    telecom_kyc_action = fields.Selection(
        [
            ("off", "Nothing"),
            ("warn", "Tell the customer"),
            ("bar", "Tell the customer, then bar the lines"),
        ],
        string="When an Identity Document Ends",
        default="off",
        required=True,
    )
    telecom_kyc_warn_days = fields.Integer(
        string="Tell Before",
        default=30,
        help="Days before the last day of the document.",
    )
    telecom_kyc_grace_days = fields.Integer(
        string="Days of Grace",
        default=30,
        help="Between the message that the document has ended and barring the lines.",
    )

    _telecom_kyc_days = models.Constraint(
        "CHECK(telecom_kyc_warn_days >= 0 AND telecom_kyc_grace_days >= 0)",
        "Days are counted from zero.",
    )

    def _telecom_has_sms_provider(self):
        """Whether the operator chose who carries its messages.

        Odoo's own paid service, which every company has, is no choice: customers'
        numbers are given to nobody the operator did not name.
        """
        self.ensure_one()
        return self._get_sms_api_class() is not SmsApi
