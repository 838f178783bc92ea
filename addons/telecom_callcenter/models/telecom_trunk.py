from odoo import fields, models


class TelecomTrunk(models.Model):
    """A SIP line towards the telephone network or another PBX."""

    _name = "telecom.trunk"
    _description = "SIP Trunk"
    _check_company_auto = True
    _order = "sequence, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        string="Provider",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    pbx_id = fields.Many2one(
        "telecom.pbx", required=True, check_company=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    host = fields.Char(required=True, help="Host or address calls are sent to.")
    port = fields.Integer(default=5060, required=True)
    match = fields.Char(
        help="Addresses calls come from, separated by commas; the host when empty."
    )
    username = fields.Char()
    secret = fields.Char(
        groups="telecom_callcenter.group_callcenter_admin", copy=False
    )
    codecs = fields.Char(default="alaw,ulaw", required=True)
    max_channels = fields.Integer(
        default=0, help="Calls at the same time; 0 for no limit."
    )
