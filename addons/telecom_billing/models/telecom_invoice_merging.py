from odoo import api, fields, models


class TelecomInvoiceMerging(models.Model):
    """Invoices that became one, and whether they are apart again."""

    _name = "telecom.invoice.merging"
    _description = "Merging of Invoices"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, readonly=True
    )
    kind = fields.Selection(
        [
            ("draft", "Drafts into one draft"),
            ("posted", "By credit note and new invoice"),
        ],
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("done", "Merged"), ("undone", "Undone")],
        string="Status",
        required=True,
        default="done",
        readonly=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Payer",
        required=True,
        index=True,
        readonly=True,
        check_company=True,
    )
    source_ids = fields.Many2many(
        "account.move", string="Merged Invoices", readonly=True, check_company=True
    )
    result_id = fields.Many2one(
        "account.move",
        string="Into",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="set null",
    )
    # As drafts, and cancelled ones, they have no number
    source_titles = fields.Char(
        string="What Was Merged", compute="_compute_source_titles"
    )
    result_title = fields.Char(related="result_id.telecom_title", string="Result")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_before = fields.Monetary(string="Total before", readonly=True)
    amount_after = fields.Monetary(string="Total after", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Merged by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    undone_by_id = fields.Many2one("res.users", string="Undone by", readonly=True)
    undone_at = fields.Datetime(string="Undone on", readonly=True)

    @api.depends("source_ids.telecom_title")
    def _compute_source_titles(self):
        for merging in self:
            merging.source_titles = ", ".join(
                merging.source_ids.mapped("telecom_title")
            )

    @api.depends("source_ids", "partner_id")
    def _compute_display_name(self):
        for merging in self:
            merging.display_name = self.env._(
                "%(count)s invoices of %(partner)s",
                count=len(merging.source_ids),
                partner=merging.partner_id.display_name,
            )

    def action_undo(self):
        """Open the dialog that takes the invoices apart."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo the Merging"),
            "res_model": "telecom.invoice.unmerge",
            "view_mode": "form",
            "target": "new",
            "context": {"default_merging_id": self.id},
        }
