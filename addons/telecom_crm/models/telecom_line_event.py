from odoo import fields, models

from ..tools import identity
from .telecom_identity_document import DOCUMENT_KINDS

EVENTS = [
    ("created", "Created"),
    ("state", "Status"),
    ("number", "Number Changed"),
    ("sim", "SIM Changed"),
    ("holder", "Holder Changed"),
    ("ported_in", "Ported In"),
    ("ported_out", "Ported Out"),
    ("puk", "PUK Read"),
    ("sim_refused", "New SIM Refused"),
]
#: What a document that was shown for a new SIM said
CHECKS = [
    (identity.MATCH, "As Known"),
    (identity.UNKNOWN, "Nothing to Compare with"),
    (identity.DIFFERENT, "Another One than Known"),
    (identity.ENDED, "Ended"),
]


class TelecomLineEvent(models.Model):
    """What happened to a line, and who did it."""

    _name = "telecom.line.event"
    _description = "Line Event"
    _inherit = ["telecom.append.only"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_name = "kind"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    line_id = fields.Many2one(
        "telecom.line",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        help="Who held the line then.",
    )
    date = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    user_id = fields.Many2one(
        "res.users", string="By", default=lambda self: self.env.user
    )
    kind = fields.Selection(EVENTS, string="Event", required=True)
    old_value = fields.Char(string="Before")
    new_value = fields.Char(string="After")
    old_display = fields.Char(string="From", compute="_compute_display")
    new_display = fields.Char(string="To", compute="_compute_display")
    reason = fields.Char()

    # Who asked for a new SIM
    document_kind = fields.Selection(DOCUMENT_KINDS, string="Document Shown")
    document_number = fields.Char(
        string="Its Number", groups="telecom_crm.group_telecom_clerk"
    )
    document_check = fields.Selection(
        CHECKS,
        string="Compared",
        help="With the identity documents that were known of the holder then.",
    )

    # Whose a number was, of records that come in later
    _former_number_idx = models.Index("(company_id, old_value) WHERE kind = 'number'")

    def _compute_display(self):
        """Show states by their names and numbers as people write them."""
        states = dict(
            self.env["telecom.line"]._fields["state"]._description_selection(self.env)
        )
        for event in self:
            for stored, shown in (
                ("old_value", "old_display"),
                ("new_value", "new_display"),
            ):
                value = event[stored]
                if event.kind in ("state", "created", "ported_in", "ported_out"):
                    value = states.get(value, value)
                elif event.kind == "number":
                    value = event.company_id._telecom_format(value)
                event[shown] = value
