"""Contacts that are finished or excluded, put back in line for another round."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: Contacts put back and committed together
BATCH = 5_000


class TelecomCampaignRecycling(models.Model):
    """A rule by which a campaign calls its contacts again, some time after the last."""

    _name = "telecom.campaign.recycling"
    _description = "Recycling Rule"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "campaign_id, sequence, id"
    _rec_name = "name"

    name = fields.Char(compute="_compute_name")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    campaign_id = fields.Many2one(
        "telecom.campaign",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="campaign_id.company_id", store=True, index=True, precompute=True
    )
    disposition_ids = fields.Many2many(
        "telecom.disposition",
        "telecom_campaign_recycling_disposition_rel",
        string="Last Status",
        check_company=True,
        domain="[('campaign_id', '=', campaign_id)]",
        help="Branches include what is below. Empty: whoever used up the attempts.",
    )
    after_hours = fields.Integer(
        string="After (h)", default=72, required=True, help="Since the last call."
    )
    times = fields.Integer(
        string="Rounds at Most", default=1, required=True, help="Of one contact."
    )
    contact_count = fields.Integer(
        string="Now",
        compute="_compute_contact_count",
        help="Contacts it puts back now.",
    )

    _range = models.Constraint(
        "CHECK(after_hours >= 0 AND times >= 1)",
        "Contacts are put back after some hours, at least once.",
    )

    @api.depends("disposition_ids", "after_hours")
    @api.depends_context("lang")
    def _compute_name(self):
        for rule in self:
            names = ", ".join(rule.disposition_ids.mapped("name"))
            rule.name = self.env._(
                "%(statuses)s after %(hours)s h",
                statuses=names or self.env._("Attempts used up"),
                hours=rule.after_hours,
            )

    @api.depends("disposition_ids", "after_hours", "times", "campaign_id")
    def _compute_contact_count(self):
        Contact = self.env["telecom.campaign.contact"]
        for rule in self:
            rule.contact_count = (
                Contact.search_count(rule._contacts_domain()) if rule.campaign_id else 0
            )

    def _contacts_domain(self):
        """Return the domain of contacts that the rule puts back now."""
        self.ensure_one()
        before = fields.Datetime.now() - timedelta(hours=self.after_hours)
        domain = Domain(
            [
                ("campaign_id", "=", self.campaign_id._origin.id),
                ("recycle_count", "<", self.times),
                ("last_attempt_at", "<=", before),
            ]
        )
        # Whoever was taken out by hand comes back by hand only
        tired = Domain([("state", "=", "excluded"), ("exclusion", "=", "attempts")])
        # Of a status archived meanwhile: not of whoever used up the attempts
        statuses = self.with_context(active_test=False).disposition_ids
        if statuses:
            return (
                domain
                & Domain("disposition_id", "child_of", statuses._origin.ids)
                & (Domain("state", "=", "done") | tired)
            )
        return domain & tired

    @api.model
    def _cron_recycle(self):
        """Put back what the rules of live campaigns say."""
        # By the cron's superuser: the rules of all operators
        rules = self.search([("campaign_id.state", "=", "live")])
        rules = rules.filtered(
            lambda rule: rule.company_id._telecom_allows("callcenter", "write")
        )
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(rules))
        Contact = self.env["telecom.campaign.contact"]
        for rule in rules:
            while contacts := Contact.search(rule._contacts_domain(), limit=BATCH):
                contacts._recycle(fields.Datetime.now())
                if Cron._commit_progress() <= 0:
                    return
            Cron._commit_progress(1)


class TelecomCampaignContact(models.Model):
    _inherit = "telecom.campaign.contact"

    def _all_numbers(self):
        return {self.number, *(self.other_numbers or ())}

    def _recycle(self, next_at):
        """Begin another round with contacts that are finished or excluded.

        Whoever is on the operator's do-not-call list, or took back the consent to
        calls, stays out; attempts are counted anew.

        :param datetime next_at: not before, naive UTC
        :return: the contacts that are called again
        """
        over = self.filtered(lambda contact: contact.state in ("done", "excluded"))
        again = self.browse()
        for company, contacts in over.grouped("company_id").items():
            blocked = self.env["telecom.do.not.call"]._blocked(
                company,
                {number for contact in contacts for number in contact._all_numbers()},
            )
            listed = contacts.filtered(
                lambda c, blocked=blocked: blocked & c._all_numbers()
            )
            # sudo: telecom.consent - a yes or no, of customers in the campaign
            consents = contacts.partner_id.sudo()._telecom_consents()
            allowed = (contacts - listed).filtered(
                lambda contact, consents=consents: (
                    consents.get((contact.partner_id.id, "call")) is not False
                )
            )
            again += allowed
            refused = contacts - allowed
            for group, why in (
                (listed, "do_not_call"),
                (refused - listed, "opt_out"),
            ):
                group.write({"state": "excluded", "exclusion": why})
        for count, contacts in again.grouped("recycle_count").items():
            contacts.write(
                {
                    "state": "ready",
                    "exclusion": False,
                    "next_at": next_at,
                    "attempt_count": 0,
                    "status_attempts": {},
                    "recycle_count": count + 1,
                }
            )
        return again
