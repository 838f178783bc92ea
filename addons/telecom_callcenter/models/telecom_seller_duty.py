from datetime import timedelta

from odoo import api, fields, models

#: A duty that nobody ended is over after this
LONGEST = timedelta(hours=16)


class TelecomSellerDuty(models.Model):
    """A time during which a field seller was on duty, and agreed to be located or not.

    What is known about where somebody was belongs to one of these, with consent.
    """

    _name = "telecom.seller.duty"
    _description = "Duty of a Field Seller"
    _check_company_auto = True
    _order = "started_at desc, id desc"
    _rec_name = "seller_id"

    seller_id = fields.Many2one(
        "telecom.field.seller",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", string="Operator", required=True, index=True
    )
    started_at = fields.Datetime(required=True)
    ended_at = fields.Datetime()
    with_position = fields.Boolean(string="Located")

    _open_once = models.UniqueIndex(
        "(seller_id) WHERE ended_at IS NULL", "This seller is on duty already."
    )
    _times_order = models.Constraint(
        "CHECK(started_at <= ended_at)", "A duty ends after it starts."
    )

    @api.model
    def _open(self, sellers):
        """Return the duties of sellers that go on; forgotten ones are over."""
        limit = fields.Datetime.now() - LONGEST
        duties = self.search(
            [("seller_id", "in", sellers.ids), ("ended_at", "=", False)]
        )
        forgotten = duties.filtered(lambda duty: duty.started_at < limit)
        # sudo: telecom.seller.duty - whoever notices it first
        for duty in forgotten.sudo():
            duty.ended_at = duty.started_at + LONGEST
        return duties - forgotten

    @api.autovacuum
    def _gc_duties(self):
        """Duties are kept as long as the positions they allowed."""
        for company in self.env["res.company"].sudo()._telecom_locating():
            # sudo: telecom.seller.duty - runs as the system
            self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("ended_at", "<", company._telecom_position_limit()),
                ],
                limit=10000,
            ).unlink()
