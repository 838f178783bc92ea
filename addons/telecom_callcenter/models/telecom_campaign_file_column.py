from odoo import api, fields, models


class TelecomCampaignFileColumn(models.Model):
    """What a column of a number file means."""

    _name = "telecom.campaign.file.column"
    _description = "Column of a Number File"
    _inherit = ["telecom.file.import.column"]
    _check_company_auto = True

    import_id = fields.Many2one(
        "telecom.campaign.file",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    target = fields.Selection(
        [
            ("number", "Number to Call"),
            ("number2", "Second Number"),
            ("number3", "Third Number"),
            ("name", "Full Name or Organisation"),
            ("first_name", "First Name"),
            ("last_name", "Last Name"),
            ("email", "E-mail"),
            ("city", "Town"),
            ("language", "Language"),
            ("timezone", "Time Zone"),
            ("priority", "Priority"),
            ("property", "Field of the Campaign"),
        ],
        string="Meaning",
    )
    property_type = fields.Selection(
        [
            ("char", "Text"),
            ("integer", "Whole Number"),
            ("float", "Decimal Number"),
            ("date", "Date"),
            ("boolean", "Yes or No"),
        ],
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
