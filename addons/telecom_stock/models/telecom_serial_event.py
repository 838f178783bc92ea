from odoo import api, fields, models

SERIAL_EVENTS = [
    ("moved", "Moved"),
    ("reserved", "Reserved"),
    ("freed", "Reservation Ended"),
    ("activated", "Activated"),
    ("swapped", "Swapped"),
    ("ended", "Line Ended"),
    ("returned", "Returned"),
    ("repair", "Sent to Repair"),
    ("restocked", "Back in Stock"),
    ("given_back", "Given Back"),
    ("blocked", "Blocked"),
    ("unblocked", "Block Lifted"),
    ("renumbered", "Number Corrected"),
    ("puk", "PUK Read"),
]


class TelecomSerialEvent(models.Model):
    """What happened to an item with a serial number, and who did it."""

    _name = "telecom.serial.event"
    _description = "Event of a Serial Number"
    _inherit = ["telecom.append.only"]
    _check_company_auto = True
    _order = "date desc, id desc"
    _rec_name = "kind"

    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    lot_id = fields.Many2one(
        "stock.lot",
        string="Serial Number",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    date = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    user_id = fields.Many2one(
        "res.users", string="By", default=lambda self: self.env.user
    )
    kind = fields.Selection(SERIAL_EVENTS, string="Event", required=True)
    old_state = fields.Char(string="Before")
    new_state = fields.Char(string="After")
    old_display = fields.Char(string="From", compute="_compute_display")
    new_display = fields.Char(string="To", compute="_compute_display")
    location_id = fields.Many2one("stock.location", string="Left")
    location_dest_id = fields.Many2one("stock.location", string="Came to")
    reference = fields.Char(help="The transfer, sale or count that did it.")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null"
    )
    line_id = fields.Many2one("telecom.line", index="btree_not_null")
    reason = fields.Char()

    @api.depends_context("lang")
    @api.depends("old_state", "new_state")
    def _compute_display(self):
        """Show states by their names."""
        states = dict(
            self.env["stock.lot"]
            ._fields["telecom_state"]
            ._description_selection(self.env)
        )
        for event in self:
            event.old_display = states.get(event.old_state, event.old_state)
            event.new_display = states.get(event.new_state, event.new_state)
