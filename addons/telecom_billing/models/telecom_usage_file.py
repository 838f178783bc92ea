from odoo import fields, models


class TelecomUsageFile(models.Model):
    """A file of usage records, and how far it has been rated."""

    _name = "telecom.usage.file"
    _description = "Usage File"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "id desc"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    name = fields.Char(
        string="File Name", required=True, default=lambda self: self.env._("New file")
    )
    source_id = fields.Many2one(
        "telecom.usage.source",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    file = fields.Binary(string="CSV File", attachment=True, required=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting"),
            ("running", "Being Rated"),
            ("done", "Done"),
            ("failed", "Stopped"),
        ],
        string="Status",
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
    )
    message = fields.Char(readonly=True, copy=False)
    checksum = fields.Char(readonly=True, copy=False, index="btree_not_null")

    # How far it is
    row_offset = fields.Integer(string="Rows Read", readonly=True, copy=False)
    progress = fields.Float(readonly=True, copy=False)
    good_count = fields.Integer(string="Rated", readonly=True, copy=False)
    duplicate_count = fields.Integer(string="Already There", readonly=True, copy=False)
    bad_count = fields.Integer(string="Refused", readonly=True, copy=False)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True, copy=False)
    reject_ids = fields.One2many(
        "telecom.usage.reject", "file_id", string="Refused Records"
    )
