from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.telecom_callcenter.models.telecom_script import (
    CONTACT_TARGETS,
    CUSTOMER_TARGETS,
)


class TelecomConnectorResult(models.Model):
    """A column of what comes back, and what becomes of it."""

    _name = "telecom.connector.result"
    _description = "Connector Result"
    _inherit = ["telecom.owned.mixin"]
    _check_company_auto = True
    _order = "query_id, sequence, id"

    query_id = fields.Many2one(
        "telecom.connector.query",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="query_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Column", required=True)
    label = fields.Char(translate=True, help="What agents read.")
    shown = fields.Boolean(default=True, help="To the agent.")
    target = fields.Char(
        string="Written To",
        help="In scripts, of the first row: contact.email, customer.city, "
        "property.<name of a campaign's own field>.",
    )

    @api.constrains("target")
    def _check_target(self):
        for result in self.filtered("target"):
            group, _dot, name = result.target.partition(".")
            known = {"contact": CONTACT_TARGETS, "customer": CUSTOMER_TARGETS}
            if not name or (group != "property" and name not in known.get(group, ())):
                raise ValidationError(
                    self.env._("Nothing can be written to “%s”.", result.target)
                )
