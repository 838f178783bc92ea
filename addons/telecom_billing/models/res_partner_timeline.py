from datetime import datetime, time

from odoo import fields, models
from odoo.tools import format_amount, format_date

#: Who may know what customers are billed
BILLERS = (
    "telecom_billing.group_telecom_billing",
    "account.group_account_invoice",
    "account.group_account_readonly",
)


class ResPartner(models.Model):
    """The invoices of a customer, among what happened between him and the operator."""

    _inherit = "res.partner"

    def _telecom_timeline_entries(self, limit):
        entries = super()._telecom_timeline_entries(limit)
        company = self.company_id
        Move = self.env["account.move"]
        # Odoo lets whoever sells read invoices: amounts are for billing's people
        with_amounts = Move.has_access("read") and any(
            self.env.user.has_group(group) for group in BILLERS
        )
        if (
            not company
            or company not in self.env.companies
            or not company._telecom_allows("billing")
            or not (
                with_amounts
                or self.env.user.has_group("telecom_crm.group_telecom_clerk")
            )
        ):
            return entries
        if not with_amounts:
            # sudo: account.move - a clerk without billing sees that there is an
            # invoice of his customer, and whether it is paid; no amounts, no document
            Move = Move.sudo()
        moves = Move.search(
            [
                ("partner_id", "child_of", self.id),
                ("company_id", "=", company.id),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
            ],
            order="invoice_date desc, id desc",
            limit=limit,
        )
        return entries + [
            {
                "date": datetime.combine(move.invoice_date or move.date, time.min),
                "day": True,
                "icon": "fa-file-text-o",
                "title": self.env._("Credit note %s", move.name)
                if move.move_type == "out_refund"
                else self.env._("Invoice %s", move.name),
                "text": move._telecom_timeline_text(with_amounts),
                "url": f"/odoo/accounting/customer-invoices/{move.id}"
                if with_amounts
                else None,
            }
            for move in moves
        ]


class AccountMove(models.Model):
    _inherit = "account.move"

    def _telecom_timeline_text(self, with_amounts):
        """Return what a customer's timeline says of an invoice.

        :param bool with_amounts: the reader may know amounts
        """
        self.ensure_one()
        if self.payment_state in ("paid", "in_payment", "reversed"):
            state = self.env._("Paid")
        else:
            due = self.invoice_date_due
            late = due and due < fields.Date.context_today(self)
            day = format_date(self.env, due) if due else ""
            state = (
                self.env._("Overdue since %s", day)
                if late
                else self.env._("Due on %s", day)
            )
        if not with_amounts:
            return state
        amounts = [format_amount(self.env, self.amount_total, self.currency_id)]
        if self.amount_residual and self.amount_residual != self.amount_total:
            amounts.append(
                self.env._(
                    "%s left to pay",
                    format_amount(self.env, self.amount_residual, self.currency_id),
                )
            )
        return " · ".join([*amounts, state])
