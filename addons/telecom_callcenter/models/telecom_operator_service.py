from odoo import fields, models


class TelecomOperatorService(models.Model):
    """Which contact-centre provider serves which operator."""

    _name = "telecom.operator.service"
    _description = "Service of an Operator by a Provider"
    _order = "operator_id, provider_id"

    provider_id = fields.Many2one("res.company", required=True, index=True)
    operator_id = fields.Many2one("res.company", required=True, index=True)
    active = fields.Boolean(default=True)
    date_start = fields.Date()
    date_end = fields.Date()

    _service_unique = models.Constraint(
        "UNIQUE(provider_id, operator_id)",
        "This provider serves this operator already.",
    )
