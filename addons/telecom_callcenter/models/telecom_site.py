from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get


class TelecomSite(models.Model):
    """A place agents work from: an office, a home, the road."""

    _name = "telecom.site"
    _description = "Contact-centre Site"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "name"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Provider",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [("office", "Office"), ("home", "Home"), ("mobile", "On the road")],
        required=True,
        default="office",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    active = fields.Boolean(default=True)
    agent_ids = fields.One2many("telecom.agent", "site_id")

    _name_unique = models.Constraint(
        "UNIQUE(company_id, name)", "This provider has a site of this name already."
    )
