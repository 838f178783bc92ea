from datetime import timedelta

from odoo import api, fields, models

#: For how many days it is known which entries came already
KEPT_DAYS = 90


class TelecomFieldEntry(models.Model):
    """Something a field seller's telephone sent, once, however often it came.

    A telephone that gets no answer cannot know whether its entry arrived, and sends it
    again with the same key.
    """

    _name = "telecom.field.entry"
    _description = "Entry of a Field Seller"
    _check_company_auto = True
    _order = "id desc"
    _rec_name = "key"

    seller_id = fields.Many2one(
        "telecom.field.seller",
        required=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    key = fields.Char(required=True, help="Made by the telephone, one of its kind.")
    kind = fields.Selection(
        [
            ("duty_start", "Duty begins"),
            ("duty_end", "Duty ends"),
            ("consent", "Agreement to be located"),
            ("positions", "Positions"),
            ("result", "Result of an appointment"),
            ("move", "Appointment moved"),
            ("appointment", "Appointment agreed"),
            ("photo", "Photo"),
            ("signature", "Signature"),
            ("call", "Call"),
        ],
        required=True,
    )
    at = fields.Datetime(
        string="Entered on", required=True, help="By the telephone's clock."
    )
    received_at = fields.Datetime(
        required=True, default=lambda self: fields.Datetime.now()
    )
    state = fields.Selection(
        [("done", "Done"), ("refused", "Refused")], required=True, default="done"
    )
    reason = fields.Char()
    appointment_id = fields.Many2one(
        "telecom.appointment",
        check_company=True,
        index="btree_not_null",
        ondelete="set null",
    )

    _key_once = models.UniqueIndex("(seller_id, key)", "This entry came already.")

    @api.autovacuum
    def _gc_entries(self):
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        # sudo: telecom.field.entry - runs as the system
        old = self.sudo().search([("received_at", "<", limit)], limit=10000)
        old.unlink()
        return len(old), int(len(old) == 10000)
