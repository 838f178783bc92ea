from odoo import fields, models


class TelecomPauseReason(models.Model):
    """Why an agent is not ready."""

    _name = "telecom.pause.reason"
    _description = "Pause Reason"
    _check_company_auto = True
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Short ASCII name given to Asterisk and to reports."
    )
    company_id = fields.Many2one(
        "res.company",
        string="Provider",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("break", "Break"),
            ("work", "Other work"),
            ("missed", "Missed call"),
            ("forced", "Set by a supervisor"),
            ("lost", "Connection lost"),
        ],
        required=True,
        default="break",
        help="Agents choose among breaks and other work; the others are set by "
        "the system.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE(company_id, code)", "A pause reason's code is unique per provider."
    )
