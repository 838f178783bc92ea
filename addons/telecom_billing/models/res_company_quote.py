from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_quote_limit = fields.Monetary(
        string="Quotations Approved from",
        help="Quotations of this total, taxes included, or more need a manager's "
        "approval before the customer gets them. 0: none needs it.",
    )
    telecom_quote_reminder_days = fields.Integer(
        string="Remind before Expiry (days)",
        default=3,
        help="Customers who have not answered are reminded so many days before their "
        "quotation expires. 0: never.",
    )
    telecom_slot_minutes = fields.Integer(
        string="Appointment (minutes)",
        default=30,
        help="Length of an appointment that customers book with a seller.",
    )

    _telecom_quote_limit_positive = models.Constraint(
        "CHECK(telecom_quote_limit >= 0 AND telecom_quote_reminder_days >= 0)",
        "The limit and the days of quotations cannot be negative.",
    )
    _telecom_slot_minutes_sound = models.Constraint(
        "CHECK(telecom_slot_minutes BETWEEN 5 AND 480)",
        "An appointment takes between 5 minutes and 8 hours.",
    )

    def _telecom_quote_managers(self):
        """Return the users who may approve this operator's quotations."""
        self.ensure_one()
        # sudo: res.groups - who sends a quotation need not see the managers' accounts
        group = self.env.ref("telecom_crm.group_telecom_manager").sudo()
        platform = self.env.ref("telecom_crm.group_telecom_platform").sudo()
        managers = group.all_user_ids - platform.all_user_ids
        return managers.filtered(
            lambda user: user.active and self in user.company_ids and not user.share
        )

    def _telecom_sellers(self):
        """Return the users in whose agendas appointments of this operator are made."""
        self.ensure_one()
        # sudo: res.groups - customers, who book, see no accounts
        group = self.env.ref("telecom_crm.group_telecom_seller").sudo()
        return group.all_user_ids.filtered(
            lambda user: user.active and self in user.company_ids and not user.share
        ).sorted("id")
