from odoo import fields, models

from .telecom_usage_source import TARGETS


class TelecomUsageSourceColumn(models.Model):
    """What a column of a switch's files means."""

    _name = "telecom.usage.source.column"
    _description = "Column of a Source of Usage"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "source_id, position, id"
    _rec_name = "target"

    company_id = fields.Many2one(
        related="source_id.company_id",
        store=True,
        index=True,
        precompute=True,
        required=True,
    )
    source_id = fields.Many2one(
        "telecom.usage.source",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    position = fields.Integer(
        required=True, default=1, help="The first column of the file is number 1."
    )
    heading = fields.Char(
        help="Files whose first row has another heading there are refused; empty when "
        "files have no headings."
    )
    target = fields.Selection(TARGETS, string="Means", required=True)

    _target_unique = models.UniqueIndex(
        "(source_id, target)", "Two columns mean the same."
    )
    _position_positive = models.Constraint(
        "CHECK(position BETWEEN 1 AND 200)", "Columns are numbered 1 to 200."
    )
