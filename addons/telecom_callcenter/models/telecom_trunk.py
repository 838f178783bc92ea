from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TelecomTrunk(models.Model):
    """A SIP line towards the telephone network or another PBX."""

    _name = "telecom.trunk"
    _description = "SIP Trunk"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
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
    secret = fields.Char(groups="telecom_callcenter.group_callcenter_admin", copy=False)
    codecs = fields.Char(default="alaw,ulaw", required=True)
    max_channels = fields.Integer(
        default=0, help="Calls at the same time; 0 for no limit."
    )
    calls_per_second = fields.Float(
        default=0.0, help="New calls of the dialer at most; 0 for no limit."
    )

    reach = fields.Selection(
        [
            ("reachable", "Reachable"),
            ("away", "Not reachable"),
            ("unchecked", "Not checked"),
        ],
        string="State",
        compute="_compute_reach",
        help="Asterisk asks a trunk every 30 seconds where there are several. A trunk "
        "that is alone is not asked: many networks do not answer.",
    )

    _port_range = models.Constraint(
        "CHECK(port BETWEEN 1 AND 65535)", "A port is between 1 and 65535."
    )
    _max_channels_positive = models.Constraint(
        "CHECK(max_channels >= 0)", "A trunk cannot carry less than no call."
    )

    _calls_per_second_positive = models.Constraint(
        "CHECK(calls_per_second >= 0)", "Calls per second cannot be less than none."
    )

    @api.constrains("host", "match", "username", "secret", "codecs")
    def _check_one_line(self):
        # These go into Asterisk's files: a line break would begin a setting of its own
        for trunk in self:
            for name in ("host", "match", "username", "secret", "codecs"):
                value = trunk[name] or ""
                if not value.isprintable() or any(sign in value for sign in ";[]"):
                    raise ValidationError(
                        self.env._(
                            "%(field)s of the trunk %(trunk)s may hold neither line "
                            "breaks nor ; [ ].",
                            field=self._fields[name]._description_string(self.env),
                            trunk=trunk.name,
                        )
                    )

    @api.depends(
        "active",
        "pbx_id.trunk_ids",
        "pbx_id.status_ids.trunks_away",
        "pbx_id.status_ids.link_state",
        "pbx_id.status_ids.heartbeat_at",
    )
    def _compute_reach(self):
        for trunk in self:
            status = trunk.pbx_id.status_ids
            trunk.reach = False
            if not trunk.active or not trunk._origin or status._link()["state"] != "up":
                continue
            if len(trunk.pbx_id.trunk_ids) < 2:
                trunk.reach = "unchecked"
            elif trunk._origin.id in (status.trunks_away or []):
                trunk.reach = "away"
            else:
                trunk.reach = "reachable"

    def _configuration_pbxs(self):
        return self.pbx_id
