from textwrap import shorten

from odoo import api, fields, models
from odoo.tools import format_amount, format_date


class AccountMove(models.Model):
    """Invoices of a billing account."""

    _inherit = "account.move"

    telecom_account_id = fields.Many2one(
        "telecom.billing.account",
        string="Billing Account",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        copy=True,
    )
    telecom_title = fields.Char(
        string="Invoice", compute="_compute_telecom_title", compute_sudo=False
    )

    @api.depends(
        "name",
        "state",
        "invoice_date",
        "create_date",
        "telecom_account_id",
        "invoice_line_ids.name",
        "amount_total",
        "currency_id",
    )
    @api.depends_context("lang")
    def _compute_telecom_title(self):
        """The number; without one, what tells an invoice from another one."""
        for move in self:
            if move.name and move.name != "/":
                move.telecom_title = move.name
                continue
            lines = move.invoice_line_ids.filtered(
                lambda line: line.display_type == "product" and not line.telecom_fee_id
            )
            day = move.invoice_date or fields.Date.to_date(move.create_date)
            parts = [
                self.env._("Draft of %s", format_date(self.env, day))
                if day
                else self.env._("Draft"),
                move.telecom_account_id.number,
                # What is charged first, and how much more there is
                " + ".join(
                    filter(
                        None,
                        [
                            shorten(lines[:1].name or "", 60, placeholder="…"),
                            str(len(lines) - 1) if lines[1:] else "",
                        ],
                    )
                ),
                format_amount(self.env, move.amount_total, move.currency_id),
            ]
            move.telecom_title = " · ".join(part for part in parts if part)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    telecom_fee_id = fields.Many2one(
        "telecom.invoice.fee",
        string="Stamp or Fee",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The stamp or fee that this line charges, once per invoice.",
    )
