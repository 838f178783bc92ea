from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools import kyc

#: How many documents the cron takes in one transaction
BATCH = 500
#: How many customers a notification names
NAMED = 20
IN_SERVICE = ("active", "suspended")
PROVING = ("verified", "expired")
#: What was said of a document, from nothing to all
SAID = [False, kyc.SOON, kyc.EXPIRED, kyc.BARRED]


class TelecomIdentityDocument(models.Model):
    """Documents that end: customers are told, and lines barred and brought back."""

    _name = "telecom.identity.document"
    _inherit = ["telecom.identity.document", "telecom.notified.mixin"]

    kyc_notice = fields.Selection(
        [
            ("soon", "Told that it ends"),
            ("expired", "Told that it has ended"),
            ("barred", "Lines barred"),
        ],
        string="Customer Told",
        readonly=True,
        copy=False,
    )
    kyc_notice_on = fields.Date(string="Told on", readonly=True, copy=False)

    _kyc_idx = models.Index(
        "(company_id, expires_on) "
        "WHERE state IN ('verified', 'expired') AND expires_on IS NOT NULL"
    )

    # ORM

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        documents._kyc_restore()
        return documents

    def write(self, vals):
        if "expires_on" in vals and "kyc_notice" not in vals:
            # Another last day: what was said about the former one is void
            vals = {**vals, "kyc_notice": False, "kyc_notice_on": False}
        res = super().write(vals)
        if vals.keys() & {"state", "expires_on", "partner_id"}:
            self._kyc_restore()
        return res

    def _kyc_restore(self):
        """Bring lines back that were barred for want of a document, at once."""
        today = fields.Date.context_today(self)
        good = self.filtered(
            lambda document: (
                document.state == "verified"
                and (not document.expires_on or document.expires_on >= today)
            )
        )
        if not good:
            return
        # sudo: telecom.line - of the customers of documents that the user verified;
        # both of one company
        lines = (
            self.env["telecom.line"]
            .sudo()
            .search(
                [
                    ("partner_id", "in", good.partner_id.ids),
                    ("company_id", "in", good.company_id.ids),
                    ("state", "=", "barred"),
                    ("kyc_barred_from", "!=", False),
                ]
            )
        )
        for state, group in lines.grouped("kyc_barred_from").items():
            group.with_context(
                telecom_line_event={
                    "reason": self.env._("A new identity document was verified")
                }
            ).write({"state": state})

    # Cron

    @api.model
    def _cron_kyc(self):
        """Tell customers whose documents end, and bar lines when grace is over.

        Each document keeps what was done: stopped and run again, nobody is told twice.
        """
        # sudo: res.company - the operators that want it
        companies = (
            self.env["res.company"]
            .sudo()
            .search(
                [("telecom_kyc_action", "!=", "off"), ("telecom_tenant", "=", True)]
            )
        )
        for company in companies:
            if not company._telecom_allows("customers", "write"):
                continue
            documents = self.with_context(
                lang=company.partner_id.lang, tz=company.partner_id.tz
            ).with_company(company)
            if not documents._kyc_process(company):
                return

    @api.model
    def _kyc_due(self, company, today):
        """Return the domain of documents for which something may be due."""
        soon = today + timedelta(days=company.telecom_kyc_warn_days)
        due = Domain("kyc_notice", "=", False) & Domain("expires_on", "<=", soon)
        due |= Domain("kyc_notice", "=", "soon") & Domain("expires_on", "<", today)
        if company.telecom_kyc_action == "bar":
            told = today - timedelta(days=company.telecom_kyc_grace_days)
            due |= Domain("kyc_notice", "=", "expired") & Domain(
                "kyc_notice_on", "<", told
            )
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", PROVING)
            & Domain("expires_on", "!=", False)
            & due
        )

    @api.model
    def _kyc_process(self, company):
        """Take an operator's documents in batches, each committed.

        :return: whether there is time left
        """
        today = fields.Date.context_today(self)
        due = self._kyc_due(company, today)
        last, done = 0, defaultdict(list)
        remaining = self.search_count(due)
        more = True
        while more and (
            batch := self.search(due & Domain("id", ">", last), order="id", limit=BATCH)
        ):
            last = batch[-1].id
            for step, documents in batch._kyc_step(company, today).items():
                done[step] += documents.ids
            remaining = max(remaining - len(batch), 0)
            more = self.env["ir.cron"]._commit_progress(len(batch), remaining=remaining)
        self._kyc_tell_clerks(company, done)
        return bool(self.env["ir.cron"]._commit_progress()) and more

    def _kyc_step(self, company, today):
        """Do what is due for a batch of an operator's documents.

        :return: {step: documents for which it was done}
        """
        partners = self.partner_id
        proofs, ending = defaultdict(list), defaultdict(self.browse)
        for document in self.search_fetch(
            [("partner_id", "in", partners.ids), ("company_id", "=", company.id)],
            ["partner_id", "state", "expires_on", "kyc_notice"],
        ):
            proofs[document.partner_id].append((document.state, document.expires_on))
            if document.state in PROVING:
                ending[document.partner_id, document.expires_on] |= document
        # Of several that end on the same day, the one of which most was said speaks
        speaking = {
            max(documents, key=lambda one: (SAID.index(one.kyc_notice), -one.id))
            for documents in ending.values()
        }
        lines = self.env["telecom.line"].search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("state", "in", IN_SERVICE),
            ]
        )
        in_service = lines.grouped("partner_id")
        steps = defaultdict(self.browse)
        for document in self:
            partner = document.partner_id
            # Another document proves more, or there is nothing to lose
            if (
                kyc.valid_until(proofs[partner]) != document.expires_on
                or partner not in in_service
                or document not in speaking
            ):
                continue
            step = kyc.next_step(
                company.telecom_kyc_action,
                document.expires_on,
                today,
                warn_days=company.telecom_kyc_warn_days,
                grace_days=company.telecom_kyc_grace_days,
                notice=document.kyc_notice or None,
                told_on=document.kyc_notice_on,
            )
            if step:
                steps[step] |= document
        for step, documents in steps.items():
            documents.write({"kyc_notice": step, "kyc_notice_on": today})
            if step == kyc.BARRED:
                documents._kyc_bar(in_service)
            documents._kyc_tell_customers(company, step)
        return steps

    def _kyc_bar(self, in_service):
        """Bar the lines of the documents' customers, and keep what they were."""
        for document in self:
            lines = in_service[document.partner_id].with_context(
                telecom_line_event={
                    "reason": self.env._(
                        "The identity document ended on %s",
                        format_date(self.env, document.expires_on),
                    )
                }
            )
            for state, group in lines.grouped("state").items():
                group.write({"state": "barred", "kyc_barred_from": state})

    # Telling

    def _kyc_tell_customers(self, company, step):
        """Send customers an e-mail and a text message, where they accept them."""
        partners = self.partner_id
        by_mail = partners._telecom_may_contact("email").filtered("email")
        by_sms = partners.browse()
        if company._telecom_has_sms_provider():
            by_sms = partners._telecom_may_contact("sms").filtered("phone_sanitized")
        mails, messages = [], []
        for document in self:
            partner = document.partner_id
            said = document.with_context(lang=partner.lang or self.env.lang)
            subject, text = said._kyc_text(company, step)
            if partner in by_mail:
                written = said.partner_id._telecom_prepare_mail(company, subject, text)
                mails.append(written)
            if partner in by_sms:
                messages.append(
                    partner._telecom_prepare_sms(partner.phone_sanitized, text)
                )
        partners._telecom_send(company, mails, messages)

    def _kyc_text(self, company, step):
        """Return subject and text of a message to the customer, in his language."""
        self.ensure_one()
        values = {
            "company": company.name,
            "day": format_date(self.env, self.expires_on),
            "days": company.telecom_kyc_grace_days,
        }
        if step == kyc.SOON:
            return self.env._("Your identity document ends soon"), self.env._(
                "%(company)s: the identity document we know of you ends on %(day)s. "
                "Please show us the new one.",
                **values,
            )
        if step == kyc.BARRED:
            return self.env._("Your line is barred"), self.env._(
                "%(company)s: your identity document ended on %(day)s. Your line is "
                "barred until you show us the new one.",
                **values,
            )
        if company.telecom_kyc_action == kyc.BAR:
            return self.env._("Your identity document has ended"), self.env._(
                "%(company)s: your identity document ended on %(day)s. Please show us "
                "the new one within %(days)s days, or your line will be barred.",
                **values,
            )
        return self.env._("Your identity document has ended"), self.env._(
            "%(company)s: your identity document ended on %(day)s. Please show us the "
            "new one.",
            **values,
        )

    @api.model
    def _kyc_tell_clerks(self, company, done):
        """Tell the operator's clerks what was done, in one notification."""
        documents = self.browse(done[kyc.BARRED] + done[kyc.EXPIRED])
        if not documents:
            return
        clerks = self.env.ref("telecom_crm.group_telecom_clerk").all_user_ids
        clerks = clerks.filtered(
            lambda user: user.company_id == company and not user.share
        )
        record = documents[0].with_context(
            telecom_kyc_done={step: list(ids) for step, ids in done.items()}
        )
        self.env["telecom.notification"]._telecom_notify("kyc", {record: clerks})

    def _telecom_notification_text(self, kind):
        done = self.env.context.get("telecom_kyc_done") or {}
        if kind != "kyc" or not done:
            return super()._telecom_notification_text(kind)
        told, barred = done.get(kyc.EXPIRED, []), done.get(kyc.BARRED, [])
        subject = self.env._(
            "Identity: %(barred)s customers barred, %(told)s told that their document "
            "has ended",
            barred=len(barred),
            told=len(told),
        )
        documents = self.browse((barred + told)[:NAMED])
        body = Markup("").join(
            Markup("<li>%s · %s</li>")
            % (
                document.partner_id.display_name,
                format_date(self.env, document.expires_on),
            )
            for document in documents
        )
        return subject, Markup("<ul>%s</ul>") % body
