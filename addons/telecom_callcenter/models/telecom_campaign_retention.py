"""How long an operator keeps whom it called, and the files that named them."""

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from odoo.addons.telecom_crm.tools.stored_file import attachment_of

#: Contacts that go in one transaction
BATCH = 20_000
#: The share of abandoned calls is counted over thirty
COUNTED_DAYS = 31


class ResCompany(models.Model):
    _inherit = "res.company"

    telecom_contact_retention = fields.Integer(
        string="Keep Whom Campaigns Called (months)",
        default=24,
        help="Contacts of campaigns that are finished, or whose campaign is stopped, "
        "are deleted so many months after their last call, and number files after "
        "they were read in; attempts go at the same age. 0: for ever.",
    )

    _telecom_contact_retention_positive = models.Constraint(
        "CHECK(telecom_contact_retention >= 0)",
        "Contacts are kept for some months, or for ever (0).",
    )

    @api.model
    def _telecom_contact_limits(self):
        """Return (operator, before when it keeps no contacts) of all operators."""
        now = fields.Datetime.now()
        return [
            (company, now - relativedelta(months=company.telecom_contact_retention))
            for company in self.search([("telecom_contact_retention", ">", 0)])
        ]

    @api.model
    def _telecom_forget_old(self, model, domain, order=None):
        """Delete what is older than its operator keeps, as much as fits a transaction.

        :param str model: of an operator's records
        :param domain: what goes, a function of the moment before which it goes
        :return: how many went, and whether more is left: Odoo commits and comes again
        """
        done = 0
        # sudo: its autovacuum - runs as the system, one operator after the other
        companies, records = self.sudo(), self.env[model].sudo()
        for company, before in companies._telecom_contact_limits():
            old = records.search(
                [("company_id", "=", company.id), *domain(before)],
                order=order,
                limit=BATCH - done,
            )
            done += len(old)
            old.unlink()
            if done >= BATCH:
                return done, 1
        return done, 0


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    @api.autovacuum
    def _gc_contacts(self):
        """Forget whom campaigns called as each operator wants it.

        Calls keep their numbers as long as calls are kept; refusals stay on the list of
        whom the operator does not call.
        """
        return self.env["res.company"]._telecom_forget_old(
            self._name,
            lambda before: [
                ("create_date", "<", before),
                "|",
                ("state", "in", ("done", "excluded")),
                ("campaign_id.state", "=", "stopped"),
                "|",
                ("last_attempt_at", "=", False),
                ("last_attempt_at", "<", before),
            ],
        )


class TelecomCampaignAttempt(models.Model):
    _inherit = "telecom.campaign.attempt"

    @api.autovacuum
    def _gc_attempts(self):
        """Forget attempts with the contacts, and what was sent after them.

        What became a call stays as a call.
        """
        counted = fields.Datetime.now() - relativedelta(days=COUNTED_DAYS)
        return self.env["res.company"]._telecom_forget_old(
            self._name,
            lambda before: [
                ("recorded_at", "<", min(before, counted)),
                ("state", "=", "ended"),
            ],
            order="recorded_at",
        )


class TelecomCampaignFile(models.Model):
    _inherit = "telecom.campaign.file"

    @api.autovacuum
    def _gc_files(self):
        """Take away what old files hold; how many rows they had stays."""
        # sudo: res.company, telecom.campaign.file - runs as the system
        for company, before in self.env["res.company"].sudo()._telecom_contact_limits():
            for record in self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("create_date", "<", before),
                    ("state", "in", ("done", "failed")),
                    ("file", "!=", False),
                ]
            ):
                attachment_of(record).unlink()
