from odoo import fields, models

CONTACT_CHANNELS = [
    ("call", "Call"),
    ("sms", "SMS"),
    ("email", "E-mail"),
    ("messaging", "Messaging"),
    ("post", "Letter"),
]
CONSENT_SOURCES = [
    ("call", "On the telephone"),
    ("shop", "In a boutique"),
    ("portal", "On the portal"),
    ("contract", "In a contract"),
    ("import", "Imported"),
]


class TelecomConsent(models.Model):
    """What a customer agreed to, or took back; the last word counts."""

    _name = "telecom.consent"
    _description = "Consent"
    _inherit = ["telecom.append.only"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_name = "channel"

    company_id = fields.Many2one(
        "res.company",
        string="Operator",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    channel = fields.Selection(CONTACT_CHANNELS, required=True)
    granted = fields.Boolean(string="Agrees", default=True)
    date = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    source = fields.Selection(CONSENT_SOURCES, required=True, default="call")
    user_id = fields.Many2one(
        "res.users", string="Taken by", default=lambda self: self.env.user
    )
    note = fields.Char()

    _partner_channel_idx = models.Index("(partner_id, channel, date DESC, id DESC)")
