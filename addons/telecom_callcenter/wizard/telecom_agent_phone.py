from odoo import fields, models


class TelecomAgentPhone(models.TransientModel):
    """Shows, once, what to type into an agent's SIP desk phone.

    Never saved: the secret travels in the context of the window that shows it.
    """

    _name = "telecom.agent.phone"
    _description = "Settings of a SIP Desk Phone"

    username = fields.Char(string="User Name", readonly=True, store=False)
    secret = fields.Char(string="Password", readonly=True, store=False)
    domain = fields.Char(string="Server", readonly=True, store=False)
    port = fields.Integer(readonly=True, store=False)
    transport = fields.Char(readonly=True, store=False)
