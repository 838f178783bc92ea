from odoo import api, fields, models

from .telecom_work_file import COLUMN_TARGETS, PROPERTY_KINDS


class TelecomWorkFileColumn(models.Model):
    """What a column of a file of work items means."""

    _name = "telecom.work.file.column"
    _description = "Column of a Work File"
    _inherit = ["telecom.file.import.column"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.work.file",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    target = fields.Selection(COLUMN_TARGETS, string="Meaning")
    property_type = fields.Selection(
        PROPERTY_KINDS,
        string="Kind",
        default="char",
        required=True,
        help="Of a field of the campaign.",
    )
    property_name = fields.Char(compute="_compute_property_name")

    @api.depends("heading")
    def _compute_property_name(self):
        for campaign, columns in self.grouped(
            lambda c: c.import_id.campaign_id
        ).items():
            campaign._name_properties(columns)
