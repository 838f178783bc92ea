from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class Previewed(Exception):
    """Takes back what was only made to be shown."""


class TelecomInvoiceMerge(models.TransientModel):
    """Shows what invoices would become, and merges them.

    The preview is made by merging them in a savepoint that is taken back: what it
    shows, taxes and stamps included, is what will be.
    """

    _name = "telecom.invoice.merge"
    _description = "Merge Invoices"

    move_ids = fields.Many2many("account.move", string="Invoices")
    partner_ids = fields.Many2many(
        "res.partner",
        compute="_compute_partner_ids",
        export_string_translation=False,
    )
    preview = fields.Html(compute="_compute_preview", sanitize=False)
    problem = fields.Text(compute="_compute_preview")
    result_count = fields.Integer(compute="_compute_preview")
    has_posted = fields.Boolean(compute="_compute_preview")

    @api.depends("move_ids")
    def _compute_partner_ids(self):
        for wizard in self:
            wizard.partner_ids = wizard.move_ids.partner_id

    @api.depends("move_ids")
    def _compute_preview(self):
        values = {wizard: wizard._previewed() for wizard in self}
        # Only now: taking the preview back empties the cache
        for wizard, vals in values.items():
            wizard.update(vals)

    def _previewed(self):
        moves = self.move_ids._origin
        groups, alone = moves._telecom_merge_plan()
        values = {
            "result_count": len(groups),
            "has_posted": any(group[0].state == "posted" for group in groups),
            "problem": "\n".join(
                self.env._(
                    "%(invoice)s stays alone: %(reason)s",
                    invoice=move.telecom_title,
                    reason=reason,
                )
                for move, reason in alone.items()
            ),
        }
        values["preview"] = Markup("").join(self._preview_of(group) for group in groups)
        return values

    def _preview_of(self, sources):
        """Return a table of the invoices as they are, and of what they become."""
        before = [
            (move.telecom_title, self._lines(move), self._amounts(move))
            for move in sources
        ]
        partner = sources.partner_id.display_name
        currency = sources.currency_id
        total = sum(amounts[0] for _title, _lines, amounts in before)
        after = None
        try:
            with self.env.cr.savepoint():
                result = sources._telecom_merge().result_id
                after = (self._lines(result), self._amounts(result))
                raise Previewed
        except Previewed:
            self.env.invalidate_all()
        except UserError as error:
            return Markup('<p class="alert alert-warning">%s</p>') % error
        return self.env["ir.qweb"]._render(
            "telecom_billing.invoice_merge_preview",
            {
                "partner": partner,
                "before": before,
                "total_before": format_amount(self.env, total, currency),
                "after": after,
                "money": lambda amount: format_amount(self.env, amount, currency),
            },
        )

    def _amounts(self, move):
        return (move.amount_total, move.amount_untaxed, move.amount_tax)

    def _lines(self, move):
        return [
            (line.name or "", line.price_total, bool(line.telecom_fee_id))
            for line in move.invoice_line_ids.sorted(lambda x: (x.sequence, x.id))
            if line.display_type == "product"
        ]

    def action_merge(self):
        """Merge each group and show what came of it."""
        self.ensure_one()
        groups, _alone = self.move_ids._telecom_merge_plan()
        if not groups:
            raise UserError(self.env._("There is nothing to merge."))
        results = self.env["account.move"]
        for group in groups:
            results += group._telecom_merge().result_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        if len(results) == 1:
            return {
                **action,
                "res_id": results.id,
                "views": [(False, "form")],
                "view_mode": "form",
            }
        return {**action, "domain": [("id", "in", results.ids)]}


class TelecomInvoiceUnmerge(models.TransientModel):
    """Shows what comes back, and takes a merged invoice apart."""

    _name = "telecom.invoice.unmerge"
    _description = "Undo a Merging"

    merging_id = fields.Many2one("telecom.invoice.merging", required=True)
    source_ids = fields.Many2many(
        related="merging_id.source_ids", string="Invoices That Come Back"
    )
    kind = fields.Selection(related="merging_id.kind")
    result_title = fields.Char(related="merging_id.result_title", string="Invoice")
    problem = fields.Char(compute="_compute_problem")
    changed = fields.Boolean(compute="_compute_problem")

    @api.depends("merging_id")
    def _compute_problem(self):
        for wizard in self:
            result = wizard.merging_id.result_id
            if wizard.merging_id.state != "done" or not result:
                wizard.problem = self.env._("It was undone before.")
            else:
                wizard.problem = result._telecom_unmerge_refusal()
            wizard.changed = bool(result) and bool(
                result.currency_id.compare_amounts(
                    result.amount_total, wizard.merging_id.amount_after
                )
            )

    def action_undo(self):
        self.ensure_one()
        if self.problem:
            raise UserError(self.problem)
        moves = self.merging_id.result_id._telecom_unmerge()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "account.action_move_out_invoice_type"
            ),
            "domain": [("id", "in", moves.ids)],
            # The merged draft is gone, and must not stay in the path above the list
            "target": "main",
        }
