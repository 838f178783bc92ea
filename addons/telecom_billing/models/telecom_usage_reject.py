from odoo import fields, models


class TelecomUsageReject(models.Model):
    """A record that could not be rated: kept aside with its reason, to be replayed."""

    _name = "telecom.usage.reject"
    _description = "Refused Usage Record"
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "row_text"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True, ondelete="cascade"
    )
    source_id = fields.Many2one(
        "telecom.usage.source", required=True, check_company=True, ondelete="cascade"
    )
    file_id = fields.Many2one(
        "telecom.usage.file", required=True, check_company=True, ondelete="cascade"
    )
    row_number = fields.Integer(string="Row", readonly=True)
    row_text = fields.Text(string="Content", readonly=True)
    # A code, so that each reader gets the reason in his own language
    code = fields.Char(readonly=True)
    value = fields.Char(readonly=True)
    state = fields.Selection(
        [("open", "To Be Mended"), ("replayed", "Rated"), ("dropped", "Given Up")],
        string="Status",
        required=True,
        default="open",
        readonly=True,
    )

    _company_state_idx = models.Index("(company_id, state, code)")
    _file_row_unique = models.UniqueIndex("(file_id, row_number)")
