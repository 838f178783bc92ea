from odoo import api, fields, models

from odoo.addons.telecom_callcenter.models.telecom_work_file import (
    COLUMN_TARGETS,
    PROPERTY_KINDS,
)


class TelecomConnectorFeedColumn(models.Model):
    """What a column of an answer means for a work item."""

    _name = "telecom.connector.feed.column"
    _description = "Column of Work from a Connector"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "feed_id, id"

    feed_id = fields.Many2one(
        "telecom.connector.feed",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="feed_id.company_id", store=True, index=True, precompute=True
    )
    name = fields.Char(string="Column", required=True)
    example = fields.Char(readonly=True)
    target = fields.Selection(COLUMN_TARGETS, string="Meaning")
    property_type = fields.Selection(
        PROPERTY_KINDS, string="Kind", default="char", required=True
    )

    # As a column of a file: see telecom.campaign._define_properties
    heading = fields.Char(related="name", string="Heading")
    position = fields.Integer(compute="_compute_property_name")
    property_name = fields.Char(compute="_compute_property_name")

    _name_once = models.UniqueIndex("(feed_id, name)", "This column is there already.")

    @api.depends("name")
    def _compute_property_name(self):
        self.position = 0
        for campaign, columns in self.grouped(lambda c: c.feed_id.campaign_id).items():
            campaign._name_properties(columns)
