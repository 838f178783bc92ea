from odoo import models


class TelecomDesk(models.AbstractModel):
    """What the agent desk in the browser calls."""

    _name = "telecom.desk"
    _description = "Agent Desk"
