from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from odoo.addons.telecom_crm.tools.translation import create_translated

_lt = LazyTranslate(__name__)

#: What a provider begins with: code, kind, name
DEFAULTS = [
    ("break", "break", _lt("Break")),
    ("lunch", "break", _lt("Lunch")),
    ("training", "work", _lt("Training")),
    ("meeting", "work", _lt("Meeting")),
    ("back-office", "work", _lt("Back office")),
    ("missed", "missed", _lt("Missed call")),
    ("supervisor", "forced", _lt("Set by a supervisor")),
    ("lost", "lost", _lt("Connection lost")),
]
#: Kinds an agent may choose
CHOSEN_KINDS = ("break", "work")


class TelecomPauseReason(models.Model):
    """Why an agent is not ready."""

    _name = "telecom.pause.reason"
    _description = "Pause Reason"
    _inherit = ["telecom.configuration.mixin", "telecom.owned.mixin"]
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

    @api.constrains("code")
    def _check_code(self):
        for reason in self:
            code = reason.code
            letters = code.replace("-", "").replace("_", "")
            if not (letters.isascii() and letters.isalnum()):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is no code for a pause: use letters, digits, - "
                        "and _.",
                        code=code,
                    )
                )

    @api.model
    def _of_kind(self, company, kind):
        """The first reason of a kind, to be set by the system.

        :param company: the provider
        :param str kind: ``missed``, ``forced`` or ``lost``
        :return: ``telecom.pause.reason``, empty when the provider has none
        """
        # sudo: telecom.pause.reason - set by the system, whoever triggers it
        return self.sudo().search(
            [("company_id", "=", company.id), ("kind", "=", kind)], limit=1
        )

    @api.model
    def _ensure_defaults(self, companies):
        """Give providers that have no pause reason yet the usual ones."""
        # sudo: telecom.pause.reason - part of setting up a provider's first PBX
        reasons = self.sudo().with_context(active_test=False)
        having = reasons.search([("company_id", "in", companies.ids)]).company_id
        for company in companies - having:
            create_translated(
                reasons,
                [
                    {
                        "company_id": company.id,
                        "sequence": 10 * number,
                        "code": code,
                        "kind": kind,
                        "name": name,
                    }
                    for number, (code, kind, name) in enumerate(DEFAULTS, 1)
                ],
            )
