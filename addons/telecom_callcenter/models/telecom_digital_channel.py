from odoo import fields, models


class TelecomDigitalChannel(models.Model):
    """An address where an operator's customers can write."""

    _name = "telecom.digital.channel"
    _description = "Digital Channel"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
    _check_company_auto = True
    _order = "sequence, id"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company._telecom_default_operator(),
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("sms", "SMS"),
            ("whatsapp", "WhatsApp"),
            ("messenger", "Messenger"),
            ("facebook", "Facebook"),
            ("instagram", "Instagram"),
            ("x", "X"),
            ("email", "E-mail"),
            ("web", "Web"),
        ],
        required=True,
    )
    address = fields.Char(required=True, help="Number, page, account or address.")
    active = fields.Boolean(default=True)

    def _configuration_operator(self):
        return self.company_id[:1]

    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for channel in self:
            channel.display_name = (
                f"{labels.get(channel.kind, '')} {channel.address or ''}".strip()
            )
