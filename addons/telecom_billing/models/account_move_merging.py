from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..engine import merging

#: Of a copied line: what follows from the others, or from the invoice
DERIVED = {
    "amount_currency",
    "balance",
    "company_id",
    "company_currency_id",
    "credit",
    "currency_id",
    "date",
    "date_maturity",
    "debit",
    "move_id",
    "partner_id",
    "telecom_fee_id",
}


class AccountMove(models.Model):
    """Merging: several invoices of a payer into one, and apart again.

    Drafts become one draft. Posted invoices are never changed: a credit note closes
    each, and one new invoice takes their place.
    """

    _inherit = "account.move"

    telecom_merged_into_id = fields.Many2one(
        "account.move",
        string="Merged into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    telecom_merging_id = fields.Many2one(
        "telecom.invoice.merging",
        string="Merging",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
        help="Of which merging this invoice is the result.",
    )

    # Planning

    def _telecom_merge_key(self):
        """Return what invoices must have in common to become one."""
        self.ensure_one()
        return (
            self.company_id.id,
            self.move_type,
            self.state,
            self.partner_id.id,
            self.journal_id.id,
            self.currency_id.id,
            self.fiscal_position_id.id,
            self.invoice_payment_term_id.id,
            self.partner_bank_id.id,
        )

    def _telecom_merge_refusal(self):
        """Return why an invoice can be merged with no other, or an empty text."""
        self.ensure_one()
        if self.move_type != "out_invoice":
            return self.env._("It is no customer invoice.")
        if self.state == "cancel":
            return self.env._("It is cancelled.")
        if self.state == "posted" and self.payment_state != "not_paid":
            return self.env._("A payment or credit note stands against it.")
        if self.telecom_disputed:
            return self.env._("It is disputed: a claim is open.")
        return ""

    def _telecom_merge_plan(self):
        """Return the groups of invoices that would become one.

        :return: list of account.move, and {account.move: reason} of the others
        :rtype: tuple
        """
        invoices = self.sorted(lambda move: (move.invoice_date or move.date, move.id))
        groups, alone = merging.plan(
            [
                merging.Candidate(
                    move.id,
                    move._telecom_merge_key(),
                    move.telecom_account_id.id or None,
                    move._telecom_merge_refusal(),
                )
                for move in invoices
            ]
        )
        return (
            [self.browse(ids) for ids in groups],
            {
                self.browse(move_id): reason
                or self.env._("There is no other invoice that it could be merged with.")
                for move_id, reason in alone.items()
            },
        )

    # Merging

    def _telecom_merge(self):
        """Make one invoice of several, which must go together.

        :return: the merging; its result is a draft of drafts, posted of posted ones
        :rtype: telecom.invoice.merging
        :raises UserError: something does not go together
        """
        groups, alone = self._telecom_merge_plan()
        if alone or len(groups) != 1:
            raise UserError(
                "\n".join(
                    self.env._(
                        "%(invoice)s: %(reason)s",
                        invoice=move.telecom_title,
                        reason=reason,
                    )
                    for move, reason in alone.items()
                )
                or self.env._("These invoices differ in payer, currency or terms.")
            )
        sources = groups[0]
        # Two clerks at once: the second is told that somebody is at it
        sources.lock_for_update()
        kind = sources[0].state
        before = sum(sources.mapped("amount_total"))
        result = self.create(sources._telecom_merged_values())
        self._telecom_follow_lines(result)
        if kind == "posted":
            sources._telecom_credit(result)
            result.action_post()
        else:
            result._telecom_apply_fees()
            sources.button_cancel()
        sources.telecom_merged_into_id = result
        sources._telecom_follow_points(result)
        record = self.env["telecom.invoice.merging"].create(
            {
                "company_id": result.company_id.id,
                "kind": kind,
                "partner_id": result.partner_id.id,
                "source_ids": [Command.set(sources.ids)],
                "result_id": result.id,
                "currency_id": result.currency_id.id,
                "amount_before": before,
                "amount_after": result.amount_total,
            }
        )
        result.telecom_merging_id = record
        for source in sources:
            source.message_post(
                body=self.env._(
                    "Merged into %s.",
                    result._get_html_link(title=result.telecom_title),
                )
            )
        return record

    def _telecom_merged_values(self):
        """Return the values of the invoice that several become."""
        first = self[0]
        lines = []
        for line in self.invoice_line_ids.sorted(
            lambda line: (self.ids.index(line.move_id.id), line.sequence, line.id)
        ):
            if line.telecom_fee_id:
                continue
            lines.append(
                Command.create(
                    {**line._telecom_copied_values(), "sequence": 10 + len(lines)}
                )
            )
        dates = [date for date in self.mapped("invoice_date") if date]
        due = [date for date in self.mapped("invoice_date_due") if date]
        draft = first.state == "draft"
        values = {
            "move_type": first.move_type,
            "company_id": first.company_id.id,
            "journal_id": first.journal_id.id,
            "partner_id": first.partner_id.id,
            "currency_id": first.currency_id.id,
            "fiscal_position_id": first.fiscal_position_id.id,
            "invoice_payment_term_id": first.invoice_payment_term_id.id,
            "partner_bank_id": first.partner_bank_id.id,
            "invoice_user_id": first.invoice_user_id.id,
            "telecom_account_id": self.telecom_account_id[:1].id,
            "invoice_date": max(dates, default=False)
            if draft
            else fields.Date.context_today(self),
            "invoice_origin": _joined(self.mapped("invoice_origin")),
            "ref": _joined(self.mapped("ref")),
            "invoice_line_ids": lines,
        }
        if not first.invoice_payment_term_id and due:
            values["invoice_date_due"] = max(due)
        return values

    def _telecom_credit(self, result):
        """Close posted invoices by a credit note each."""
        today = fields.Date.context_today(self)
        # Taken back whole, stamps as they were: nothing is left open on any of them
        return self.with_context(telecom_merging=True)._reverse_moves(
            [
                {
                    "date": today,
                    "invoice_date": today,
                    "ref": self.env._(
                        "%(invoice)s, merged with others", invoice=move.name
                    ),
                }
                for move in self
            ],
            cancel=True,
        )

    @api.model
    def _telecom_follow_lines(self, invoice, back=False):
        """Let what points to the lines of merged invoices point to the new ones.

        :param account.move invoice: whose lines know where they came from
        :param bool back: whether to point to the former lines again
        """
        if "telecom.charge" not in self.env:
            return
        lines = invoice.invoice_line_ids.filtered("telecom_source_line_id")
        pairs = {
            (line if back else line.telecom_source_line_id): (
                line.telecom_source_line_id if back else line
            )
            for line in lines
        }
        # sudo: telecom.charge - of the invoices that are being merged
        charges = (
            self.env["telecom.charge"]
            .sudo()
            .search([("move_line_id", "in", [line.id for line in pairs])])
        )
        for charge in charges:
            charge.move_line_id = pairs[charge.move_line_id]

    def _telecom_follow_points(self, others):
        """Let points that were spent on these bills be spent on those in their place.

        The credit line of points is on one of them; nothing goes back to the card.

        :param account.move others: the bills there are now
        """
        # sudo: telecom.loyalty.redemption - of the invoices that are being merged
        spent = self.env["telecom.loyalty.redemption"].sudo()
        lines = others.invoice_line_ids
        for redemption in spent.search(
            [("move_id", "in", self.ids), ("state", "=", "billed")]
        ):
            product = redemption.reward_id.discount_line_product_id
            credit = lines.filtered(
                lambda line, product=product, amount=-redemption.amount: (
                    line.product_id == product
                    and not line.currency_id.compare_amounts(line.price_unit, amount)
                )
            )[:1]
            if credit:
                redemption.move_id = credit.move_id
                lines -= credit

    # Undoing

    def _telecom_unmerge_refusal(self):
        """Return why a merged invoice cannot be taken apart, or an empty text."""
        self.ensure_one()
        if self.telecom_merging_id.kind == "draft" and self.state != "draft":
            return self.env._(
                "It is posted: what was merged stays so. Make a credit note instead."
            )
        if self.state == "posted" and self.payment_state != "not_paid":
            return self.env._("A payment or credit note stands against it.")
        if self.state == "cancel":
            return self.env._("It is cancelled.")
        return ""

    def _telecom_unmerge(self):
        """Take a merged invoice apart.

        :return: the invoices there are in its place
        :rtype: account.move
        :raises UserError: it is paid, or posted in between
        """
        self.ensure_one()
        self.lock_for_update()
        record = self.telecom_merging_id
        if not record or record.state != "done":
            raise UserError(self.env._("This invoice is not merged of others."))
        reason = self._telecom_unmerge_refusal()
        if reason:
            raise UserError(reason)
        sources = record.source_ids
        if record.kind == "draft":
            self._telecom_follow_lines(self, back=True)
            sources.button_draft()
            sources.telecom_merged_into_id = False
            back = sources
        else:
            back = self.browse()
            for source in sources:
                invoice = self.create(source._telecom_merged_values())
                # The charges are on the merged invoice by now
                follow = {
                    line.telecom_source_line_id: line
                    for line in invoice.invoice_line_ids
                }
                for line in self.invoice_line_ids.filtered("telecom_source_line_id"):
                    if line.telecom_source_line_id in follow:
                        new = follow[line.telecom_source_line_id]
                        new.telecom_source_line_id = line
                self._telecom_follow_lines(invoice)
                back += invoice
            self._telecom_credit(self)
            back.action_post()
            self._telecom_follow_points(back)
        # sudo: telecom.invoice.merging - nobody writes it but this
        record.sudo().write(
            {
                "state": "undone",
                "undone_by_id": self.env.uid,
                "undone_at": fields.Datetime.now(),
            }
        )
        for move in back:
            move.message_post(body=self.env._("The merging was undone."))
        if record.kind == "draft":
            if self.posted_before:
                self.button_cancel()
            else:
                self.unlink()
        return back

    # Actions

    def action_telecom_merge(self):
        """Open the dialog with a preview of what these invoices would become."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Invoices"),
            "res_model": "telecom.invoice.merge",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_move_ids": [Command.set(self.ids)],
                "dialog_size": "extra-large",
            },
        }

    def action_telecom_unmerge(self):
        return self.telecom_merging_id.action_undo()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    telecom_source_line_id = fields.Many2one(
        "account.move.line",
        string="Merged from",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    def _telecom_copied_values(self):
        """Return the values of this line on another invoice; orders follow it."""
        self.ensure_one()
        values = self.with_context(include_business_fields=True).copy_data()[0]
        return {
            **{name: value for name, value in values.items() if name not in DERIVED},
            "telecom_source_line_id": self.id,
        }


def _joined(texts):
    """Join texts that stand on several invoices, each once."""
    return ", ".join(dict.fromkeys(text for text in texts if text)) or False
